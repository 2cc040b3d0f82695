-- purpose: until when hours are settled, and until when their actions as well, since when what came for them is not in them, the moment now,
-- those of the first and the last event and of the first settled hour, and when all was settled last, all in
-- microseconds UTC (0: none).
SELECT
    (SELECT toUnixTimestamp64Micro(argMax(until, settled_at)) FROM kpi_settlings) AS until,
    (SELECT toUnixTimestamp64Micro(argMax(actions_until, settled_at)) FROM kpi_settlings) AS actions_until,
    (SELECT toUnixTimestamp64Micro(argMax(trusted_from, settled_at)) FROM kpi_settlings) AS trusted_from,
    toUnixTimestamp64Micro(now64(6, 'UTC')) AS now,
    (SELECT toUnixTimestamp64Micro(min(time)) FROM action_facts) AS first,
    (SELECT toUnixTimestamp64Micro(max(time)) FROM action_facts) AS last,
    (SELECT toInt64(toUnixTimestamp(min(hour))) * 1000000 FROM kpi_hours) AS kept,
    (SELECT toUnixTimestamp64Micro(max(settled_at)) FROM kpi_settled) AS known

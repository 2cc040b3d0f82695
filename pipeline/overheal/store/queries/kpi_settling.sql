-- purpose: until when hours are settled, since when what came for them is not in them, the moment now,
-- and those of the first and the last event, all in microseconds UTC (0: none).
SELECT
    (SELECT toUnixTimestamp64Micro(argMax(until, settled_at)) FROM kpi_settlings) AS until,
    (SELECT toUnixTimestamp64Micro(argMax(trusted_from, settled_at)) FROM kpi_settlings) AS trusted_from,
    toUnixTimestamp64Micro(now64(6, 'UTC')) AS now,
    (SELECT toUnixTimestamp64Micro(min(time)) FROM action_facts) AS first,
    (SELECT toUnixTimestamp64Micro(max(time)) FROM action_facts) AS last

-- purpose: a hash of what KPIs are made of, its newest moment (microseconds UTC), when all of it was settled last the
-- hash and the moment (0: never), and the moment now. Where rows are merged the hash changes too, unless it is of parts
-- (kpi_held_parts); a first catalog holds for all times.
SELECT
    (
        SELECT sipHash64(groupArray((name, total_rows, total_bytes)))
        FROM (SELECT name, total_rows, total_bytes FROM system.tables WHERE database = currentDatabase() AND name IN ('action_facts', 'signal_facts', 'outcome_restatements', 'kpi_needs') ORDER BY name)
    ) AS held,
    toUnixTimestamp64Micro(greatest
    (
        (SELECT max(time) FROM action_facts),
        (SELECT max(time) FROM signal_facts),
        (SELECT max(decided_at) FROM outcome_restatements),
        (SELECT if(uniqExact(holds_from) > 1, max(holds_from), toDateTime64(0, 6, 'UTC')) FROM kpi_needs)
    )) AS newest,
    (SELECT argMax(kpi_settled.held, settled_at) FROM kpi_settled) AS settled,
    (SELECT toUnixTimestamp64Micro(max(settled_at)) FROM kpi_settled) AS settled_at,
    toUnixTimestamp64Micro(now64(6, 'UTC')) AS now

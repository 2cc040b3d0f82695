-- purpose: a hash of what KPIs are made of, its newest moment (microseconds UTC), and when all of it was settled last
-- the hash and the moment (0: never). Merging rows may change the hash, which then costs a settling.
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
        (SELECT max(holds_from) FROM kpi_needs)
    )) AS newest,
    (SELECT argMax(kpi_settled.held, settled_at) FROM kpi_settled) AS settled,
    (SELECT toUnixTimestamp64Micro(max(settled_at)) FROM kpi_settled) AS settled_at

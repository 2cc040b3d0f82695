-- purpose: settle the levels of autonomy of whole hours, start ≤ hour < end (microseconds UTC); an hour of which
-- nothing is known any more becomes empty. bounds: what was looked at of
-- `live_actions`.
INSERT INTO kpi_level_hours (environment, service, hour, agent, autonomy, at, settled_at)
SELECT
    environment,
    service,
    hour,
    groupArrayIf(agent, there),
    groupArrayIf(autonomy, there),
    groupArrayIf(at, there),
    fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
FROM
(
    SELECT environment, service, hour, agent, autonomy, at, true AS there
    FROM settled_levels(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64})
    UNION ALL
    SELECT DISTINCT environment, service, hour, '', 0, 0, false
    FROM kpi_level_hours
    WHERE hour >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
        AND hour < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
        AND ({bounds:Array(Int64)}[1] = {start:Int64} OR (environment, service) IN (SELECT environment, service FROM kpi_unsettled))
)
GROUP BY environment, service, hour

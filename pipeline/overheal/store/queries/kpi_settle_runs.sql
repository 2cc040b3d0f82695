-- purpose: settle the runs of recoveries of whole hours, start ≤ hour < end (microseconds UTC); an hour of which
-- nothing is known any more becomes empty. settled: 0 all services, else the end: those of kpi_unsettled.
INSERT INTO kpi_runs (environment, service, hour, human, first_at, last_at, actions, recoveries, outcome, ended_at, settled_at)
SELECT
    environment,
    service,
    hour,
    groupArrayIf(human, there),
    groupArrayIf(first_at, there),
    groupArrayIf(last_at, there),
    groupArrayIf(actions, there),
    groupArrayIf(recoveries, there),
    groupArrayIf(outcome, there),
    groupArrayIf(ended_at, there),
    fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
FROM
(
    SELECT environment, service, hour, human, first_at, last_at, actions, recoveries, outcome, ended_at, true AS there
    FROM live_runs
    (
        start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = '',
        environment = '', settled = {settled:Int64}
    )
    UNION ALL
    SELECT DISTINCT environment, service, hour, 0, 0, 0, 0, 0, '', 0, false
    FROM kpi_runs
    WHERE hour >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
        AND hour < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
        AND ({settled:Int64} = 0 OR (environment, service) IN (SELECT environment, service FROM kpi_unsettled))
)
GROUP BY environment, service, hour

-- purpose: settle the actions by their kind of whole hours, start ≤ hour < end (microseconds UTC); an hour of which
-- nothing is known any more becomes empty. settled: 0 all services, else the end: those of kpi_unsettled.
INSERT INTO kpi_parts (environment, service, hour, human, recovery, turned_down, begun, verified, is_over, outcome, policy, autonomy, actions, count, weight, timed, spent_time, sized, spent_replica_time, settled_at)
SELECT
    environment,
    service,
    hour,
    groupArrayIf(human, there),
    groupArrayIf(recovery, there),
    groupArrayIf(turned_down, there),
    groupArrayIf(begun, there),
    groupArrayIf(verified, there),
    groupArrayIf(is_over, there),
    groupArrayIf(outcome, there),
    groupArrayIf(policy, there),
    groupArrayIf(autonomy, there),
    groupArrayIf(actions, there),
    groupArrayIf(count, there),
    groupArrayIf(weight, there),
    groupArrayIf(timed, there),
    groupArrayIf(spent_time, there),
    groupArrayIf(sized, there),
    groupArrayIf(spent_replica_time, there),
    fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
FROM
(
    SELECT environment, service, hour, human, recovery, turned_down, begun, verified, is_over, outcome, policy, autonomy, actions, count, weight, timed, spent_time, sized, spent_replica_time, true AS there
    FROM live_parts
    (
        start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = '',
        environment = '', settled = {settled:Int64}
    )
    UNION ALL
    SELECT DISTINCT environment, service, hour, 0, 0, 0, 0, 0, 0, '', '', 0, 0, 0, 0, 0, 0, 0, 0, false
    FROM kpi_parts
    WHERE hour >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
        AND hour < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
        AND ({settled:Int64} = 0 OR (environment, service) IN (SELECT environment, service FROM kpi_unsettled))
)
GROUP BY environment, service, hour

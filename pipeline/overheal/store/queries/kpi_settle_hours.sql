-- purpose: settle the sums of whole hours, start ≤ hour < end (microseconds UTC); where nothing is known any more
-- they become 0. bounds: what was looked at of
-- `live_actions`.
INSERT INTO kpi_hours (hour, environment, service, policy, autonomy, actions, healed, human_healed, good_verified, good_believed, bad_verified, bad_believed, unknown, open, ineffective, human_recoveries, human_unknown, human_open, timed, timeless_open, sized, sizeless_open, spent_time, spent_replica_time, judged, weighed, unneeded, weighed_unknown, weighed_open, settled_at)
SELECT hour, environment, service, policy, autonomy, sum(actions), sum(healed), sum(human_healed), sum(good_verified), sum(good_believed), sum(bad_verified), sum(bad_believed), sum(unknown), sum(open), sum(ineffective), sum(human_recoveries), sum(human_unknown), sum(human_open), sum(timed), sum(timeless_open), sum(sized), sum(sizeless_open), sum(spent_time), sum(spent_replica_time), sum(judged), sum(weighed), sum(unneeded), sum(weighed_unknown), sum(weighed_open), fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
FROM
(
    SELECT hour, environment, service, policy, autonomy, actions, healed, human_healed, good_verified, good_believed, bad_verified, bad_believed, unknown, open, ineffective, human_recoveries, human_unknown, human_open, timed, timeless_open, sized, sizeless_open, spent_time, spent_replica_time, judged, weighed, unneeded, weighed_unknown, weighed_open
    FROM settled_hours(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64})
    UNION ALL
    SELECT hour, environment, service, policy, autonomy, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    FROM kpi_hours
    WHERE hour >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
        AND hour < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
        AND ({bounds:Array(Int64)}[1] = {start:Int64} OR (environment, service) IN (SELECT environment, service FROM kpi_unsettled))
)
GROUP BY hour, environment, service, policy, autonomy

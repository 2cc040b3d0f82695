-- purpose: settle the sums of whole days from those of their hours, start ≤ day < end (microseconds UTC).
-- settled: 0 all services, else the end: those of kpi_unsettled.
INSERT INTO kpi_days (day, environment, service, policy, autonomy, actions, healed, human_healed, good_verified, good_believed, bad_verified, bad_believed, unknown, open, ineffective, human_recoveries, human_unknown, human_open, timed, timeless_open, sized, sizeless_open, spent_time, spent_replica_time, judged, weighed, unneeded, weighed_unknown, weighed_open, settled_at)
SELECT toStartOfDay(hour) AS day, environment, service, policy, autonomy, sum(actions), sum(healed), sum(human_healed), sum(good_verified), sum(good_believed), sum(bad_verified), sum(bad_believed), sum(unknown), sum(open), sum(ineffective), sum(human_recoveries), sum(human_unknown), sum(human_open), sum(timed), sum(timeless_open), sum(sized), sum(sizeless_open), sum(spent_time), sum(spent_replica_time), sum(judged), sum(weighed), sum(unneeded), sum(weighed_unknown), sum(weighed_open), now64(6, 'UTC')
FROM kpi_hours FINAL
WHERE hour >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND hour < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    AND ({settled:Int64} = 0 OR (environment, service) IN (SELECT environment, service FROM kpi_unsettled))
GROUP BY day, environment, service, policy, autonomy

-- purpose: what the store holds, each event, finding and dead letter once.
SELECT
    actions,
    observations,
    recoveries,
    human_recoveries,
    late,
    if(events = 0, 0, first) AS first_at,
    if(events = 0, 0, last) AS last_at,
    (SELECT uniqExact(id) FROM findings) AS findings,
    (SELECT count() FROM dead_letters FINAL) AS dead_letters
FROM
(
    SELECT
        count() AS events,
        countIf(phase != '') AS actions,
        countIf(phase = '') AS observations,
        sum(counted) AS recoveries,
        sum(human_counted) AS human_recoveries,
        countIf(late) AS late,
        toUnixTimestamp64Micro(min(time)) AS first,
        toUnixTimestamp64Micro(max(time)) AS last
    FROM
    (
        SELECT phase, counted, human_counted, late, time FROM action_events FINAL
        UNION ALL
        SELECT phase, counted, human_counted, late, time FROM observations FINAL
    )
)
SETTINGS do_not_merge_across_partitions_select_final = 1

-- purpose: what was heard of on each UTC day with start ≤ event time < end, each event once.
SELECT
    toInt64(toUnixTimestamp(toStartOfDay(time))) * 1000000 AS day,
    countIf(phase != '') AS actions,
    countIf(phase = '') AS observations,
    countIf(late) AS late
FROM
(
    SELECT time, phase, type, late FROM action_events FINAL
    WHERE time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
        AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    UNION ALL
    SELECT time, phase, type, late FROM observations FINAL
    WHERE time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
        AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
)
GROUP BY day
ORDER BY day
SETTINGS do_not_merge_across_partitions_select_final = 1

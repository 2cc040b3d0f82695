-- purpose: what was heard of on each UTC day with start ≤ event time < end; repeats that no merge has
-- removed yet may count twice.
SELECT
    toInt64(toUnixTimestamp(day)) * 1000000 AS day_start,
    sum(is_action),
    sum(is_observation),
    sum(late_ones)
FROM
(
    SELECT toStartOfDay(time) AS day, count() AS is_action, 0 AS is_observation, countIf(late) AS late_ones
    FROM action_events
    WHERE time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
        AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    GROUP BY day
    UNION ALL
    SELECT toStartOfDay(time) AS day, 0, count(), countIf(late)
    FROM observations
    WHERE time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
        AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    GROUP BY day
)
GROUP BY day
ORDER BY day

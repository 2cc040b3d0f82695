-- purpose: minutes of [start, end) in which users felt a service (microseconds at their start).
SELECT DISTINCT environment, scope, service, toUnixTimestamp(toStartOfMinute(time)) * 1000000 AS at
FROM
(
    SELECT environment, scope, service, time, user_visible FROM action_events
    UNION ALL
    SELECT environment, scope, service, time, user_visible FROM observations
)
WHERE user_visible AND service != ''
    AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
ORDER BY at, service

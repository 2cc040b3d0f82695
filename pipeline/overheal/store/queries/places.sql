-- purpose: every place of events in [start, end) as the documents name it, with how many events and
-- recoveries there are, whether users felt any, and between which times.
SELECT
    environment,
    service,
    declared_scope,
    count() AS events,
    countIf(recovery) AS recoveries,
    countIf(user_visible) AS felt,
    toUnixTimestamp64Micro(min(time)) AS first,
    toUnixTimestamp64Micro(max(time)) AS last
FROM
(
    SELECT environment, service, declared_scope, recovery, user_visible, time FROM action_events
    UNION ALL
    SELECT environment, service, declared_scope, recovery, user_visible, time FROM observations
)
WHERE time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
GROUP BY environment, service, declared_scope
ORDER BY service, environment, declared_scope

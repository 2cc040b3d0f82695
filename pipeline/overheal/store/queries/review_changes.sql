-- purpose: when each service last changed before `end`: a deployment or a change of configuration
-- that did not fail, or a change that was observed.
SELECT environment, service, toUnixTimestamp64Micro(max(time)) AS changed
FROM
(
    SELECT environment, service, time FROM action_events
    WHERE type IN ('deploy', 'config_change') AND phase = 'finished' AND outcome != 'failed'
    UNION ALL
    SELECT environment, service, time FROM observations WHERE type = 'change'
)
WHERE service != '' AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
GROUP BY environment, service
ORDER BY environment, service

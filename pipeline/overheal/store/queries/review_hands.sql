-- purpose: when people acted on a service in [start, end), or decided about what automation proposed.
SELECT DISTINCT environment, service, toUnixTimestamp64Micro(time) AS at
FROM action_events
WHERE (agent_kind = 'human' OR JSONExtractString(detail, 'authority') = 'manual'
        OR JSONExtractString(detail, 'approved_by') != '')
    AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
ORDER BY at

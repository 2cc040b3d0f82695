-- purpose: automated and human recoveries before `end` of services by name, each action once: what
-- was done, why, how long it took, in seconds. The services are listed in the statement.
SELECT
    environment,
    service,
    action_id,
    argMax(type, time) AS kind,
    min(toUnixTimestamp64Micro(time)) AS began,
    argMin(condition, time) AS why,
    argMax(detail, (detail != '', time)) AS more,
    max(duration) AS seconds,
    max(drill) AS drilled
FROM action_events
WHERE recovery AND witness_of = '' AND phase IN ('started', 'finished', 'verified')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    AND (hasAny(/*services*/[], [service, splitByChar('/', service)[-1]]))
GROUP BY environment, service, action_id
ORDER BY began, action_id

-- purpose: agents, fields and services of a scope: who writes what, how often, and when last.
SELECT environment, scope, service, agent, agent_kind, target_kind, field, count() AS writes,
    uniqExact(target) AS targets, formatDateTime(max(time), '%FT%TZ', 'UTC') AS last_at
FROM field_writes FINAL
WHERE time >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
    AND time <= fromUnixTimestamp64Micro({until:Int64}, 'UTC')
    AND ({scope:String} IN ('', scope, service) OR startsWith(service, concat({scope:String}, '/')))
GROUP BY environment, scope, service, agent, agent_kind, target_kind, field
ORDER BY environment, service, field, agent, target_kind

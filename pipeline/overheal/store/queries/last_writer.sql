-- purpose: who wrote a field of a target last, at or before a moment.
SELECT formatDateTime(time, '%FT%TZ', 'UTC') AS at, agent, agent_kind, old, new, type, target_kind,
    service, environment, action_id
FROM field_writes
WHERE target = {target:String} AND field = {field:String}
    AND ({namespace:String} IN ('', namespace, concat(cluster, '/', namespace)))
    AND time <= fromUnixTimestamp64Micro({until:Int64}, 'UTC')
ORDER BY target DESC, field DESC, time DESC
LIMIT 1

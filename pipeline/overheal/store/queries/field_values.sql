-- purpose: the values of a target's field over time, and who wrote them.
SELECT formatDateTime(time, '%FT%TZ', 'UTC') AS at, agent, old, new, type, service, environment,
    action_id
FROM field_writes FINAL
WHERE target = {target:String} AND field = {field:String}
    AND ({namespace:String} IN ('', namespace, concat(cluster, '/', namespace)))
    AND time >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
    AND time <= fromUnixTimestamp64Micro({until:Int64}, 'UTC')
ORDER BY time DESC
LIMIT {most:UInt32}

-- purpose: automated recoveries of a service, full or short name, in the order they were told.
SELECT
    environment,
    service,
    toUnixTimestamp64Micro(counted_at) AS at,
    least(toUnixTimestamp64Micro(first_at), at) AS first,
    toUnixTimestamp64Micro(time) AS told,
    id,
    counted
FROM action_events FINAL
WHERE counted > 0
    AND (service = {service:String} OR endsWith(service, concat('/', {service:String})))
    AND counted_at >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND counted_at < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
ORDER BY told, id

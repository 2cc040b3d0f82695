-- purpose: what changed before: actions on a service, and on others of its scope, that wrote a value, were deployed or reconfigured, the latest first.
SELECT formatDateTime(events.time, '%FT%TZ', 'UTC') AS at, service, agent, type,
    target_name AS target, field, old, new, outcome, action_id
FROM action_events AS events FINAL
WHERE time >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
    AND time <= fromUnixTimestamp64Micro({until:Int64}, 'UTC')
    AND phase IN ('started', 'finished')
    AND (new != '' OR type IN ('deploy', 'rollback', 'config_change', 'failover', 'traffic_shift'))
    AND scope IN
    (
        SELECT scope FROM action_events
        WHERE service = {service:String} OR endsWith(service, concat('/', {service:String}))
    )
ORDER BY service = {service:String} OR endsWith(service, concat('/', {service:String})) DESC,
    events.time DESC
LIMIT {most:UInt32}

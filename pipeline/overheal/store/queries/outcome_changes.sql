-- purpose: outcomes that were told otherwise later, or shown to be none, oldest first.
SELECT
    environment,
    service,
    action_id,
    toUnixTimestamp64Micro(decided_at) AS decided,
    was,
    becomes,
    count,
    reason
FROM outcome_changes
WHERE decided >= {start:Int64}
    AND decided < {end:Int64}
    AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
ORDER BY decided, action_id

-- purpose: alerts and pages of [start, end) in the order they were told: signal, and its status in
-- the source's word.
SELECT DISTINCT
    environment,
    service,
    type,
    name,
    toUnixTimestamp64Micro(time) AS at,
    lower(JSONExtractString(document, 'data', 'status')) AS status
FROM observations
WHERE type IN ('alert', 'page')
    AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
ORDER BY at, environment, service, type, name, status

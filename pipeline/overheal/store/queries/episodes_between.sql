-- purpose: episodes of automated recoveries that began with start ≤ time < end, oldest first.
SELECT
    environment,
    service,
    toUnixTimestamp64Micro(started_at) AS started,
    toUnixTimestamp64Micro(ended_at) AS ended,
    recoveries
FROM episodes
WHERE started_at >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND started_at < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
ORDER BY started, environment, service

-- purpose: recoveries per environment, service and UTC day, with start ≤ the action's start < end.
SELECT
    environment,
    service,
    toInt64(toUnixTimestamp(toStartOfDay(hour))) * 1000000 AS day,
    sum(recoveries) AS by_automation,
    sum(human_recoveries) AS by_hand
FROM recoveries_hourly
WHERE hour >= toStartOfHour(fromUnixTimestamp64Micro({start:Int64}, 'UTC'))
    AND hour < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
GROUP BY environment, service, day
ORDER BY environment, service, day

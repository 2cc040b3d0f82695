-- purpose: recoveries per service and hour, each event once; of one service, or of all where
-- `service` is empty.
SELECT
    environment,
    service,
    toInt64(toUnixTimestamp(hour)) * 1000000 AS at,
    recoveries,
    human_recoveries
FROM recoveries_hourly
WHERE service = {service:String} OR {service:String} = ''
ORDER BY environment, service, at

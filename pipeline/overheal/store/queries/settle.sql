-- purpose: recoveries per hour of the days of receipt that are over for 35 days and not settled
-- yet; a server asks it daily, so that the counts are there when the events expire.
SELECT
    environment,
    service,
    toStartOfHour(counted_at) AS hour,
    toDate(received_at) AS received,
    sum(counted) AS recoveries,
    sum(human_counted) AS human_recoveries
FROM action_events FINAL
WHERE (counted > 0 OR human_counted > 0)
    AND received_at > toDateTime64(0, 6, 'UTC')
    AND toDate(received_at) < toDate(now('UTC')) - 35
    AND toDate(received_at) NOT IN (SELECT received FROM recoveries_settled)
GROUP BY environment, service, hour, received

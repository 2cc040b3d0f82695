-- purpose: how automated recoveries with start ≤ the action's start < end went, per service and hour,
-- by what is known of each by now; verified are those of the succeeded that somebody checked.
SELECT
    environment,
    service,
    toInt64(toUnixTimestamp(hour)) * 1000000 AS hour_start,
    sum(good_verified) + sum(good_believed) AS succeeded,
    sum(sums.unknown) + sum(sums.open) AS unknown_ones,
    sum(good_verified) + sum(good_believed) + sum(bad_verified) + sum(bad_believed) + sum(sums.unknown) + sum(sums.open) AS total,
    sum(good_verified) AS checked
FROM known_hours
(
    start = {start:Int64}, end = {end:Int64}, as_of = 4102444800000000, service = '',
    environment = '',
    bounds = (SELECT bounds FROM kpi_bounds(start = {start:Int64}, end = {end:Int64}, as_of = 4102444800000000))
) AS sums
GROUP BY environment, service, hour
HAVING sum(healed) > 0
ORDER BY environment, service, hour

-- purpose: recoveries per environment, service and UTC day, with start ≤ the action's start < end.
SELECT
    environment,
    service,
    toInt64(toUnixTimestamp(day)) * 1000000 AS day_start,
    sum(good_verified) + sum(good_believed) + sum(bad_verified) + sum(bad_believed) + sum(unknown) + sum(open) AS by_automation,
    sum(human_recoveries) AS by_hand
FROM known_sums
(
    start = {start:Int64}, end = {end:Int64}, as_of = 4102444800000000, service = '',
    environment = '',
    bounds = (SELECT bounds FROM kpi_bounds(start = {start:Int64}, end = {end:Int64}, as_of = 4102444800000000))
)
GROUP BY environment, service, day
HAVING sum(healed) + sum(human_healed) > 0
ORDER BY environment, service, day

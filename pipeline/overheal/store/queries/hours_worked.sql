-- purpose: hours in which an automated recovery began that succeeded, as is known by now, with start ≤ its start < end.
SELECT toInt64(toUnixTimestamp(hour)) * 1000000 AS hour_start
FROM known_hours
(
    start = {start:Int64}, end = {end:Int64}, as_of = 4102444800000000, service = '',
    environment = '',
    bounds = (SELECT bounds FROM kpi_bounds(start = {start:Int64}, end = {end:Int64}, as_of = 4102444800000000))
)
GROUP BY hour
HAVING sum(good_verified) + sum(good_believed) > 0
ORDER BY hour

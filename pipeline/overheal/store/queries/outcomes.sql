-- purpose: how automated recoveries with start ≤ the action's start < end went, per service, by what is known of each
-- by now; verified are those of the succeeded that somebody checked.
SELECT
    environment,
    service,
    sum(good_verified) + sum(good_believed) AS succeeded,
    sum(sums.unknown) + sum(sums.open) AS unknown_ones,
    sum(good_verified) + sum(good_believed) + sum(bad_verified) + sum(bad_believed) + sum(sums.unknown) + sum(sums.open) AS total,
    sum(good_verified) AS checked
FROM known_sums
(
    start = {start:Int64}, end = {end:Int64}, as_of = 4102444800000000, service = '',
    environment = '',
    bounds = (SELECT bounds FROM kpi_bounds(start = {start:Int64}, end = {end:Int64}, as_of = 4102444800000000))
) AS sums
GROUP BY environment, service
HAVING sum(healed) > 0
ORDER BY environment, service

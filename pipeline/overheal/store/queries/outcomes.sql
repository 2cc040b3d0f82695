-- purpose: how automated recoveries with start ≤ the action's start < end went, per service and hour,
-- by what is known of each by now; verified are those of the succeeded that somebody checked.
SELECT
    environment,
    service,
    intDiv(at, 3600000000) * 3600000000 AS hour,
    sumIf(count, outcome = 'succeeded') AS succeeded,
    sumIf(count, outcome = '') AS unknown,
    sum(count) AS total,
    sumIf(count, outcome = 'succeeded' AND verified) AS checked
FROM known_actions
(
    start = {start:Int64}, end = {end:Int64}, as_of = 4102444800000000, service = '',
    environment = ''
)
WHERE is_recovery AND NOT human
GROUP BY environment, service, hour
ORDER BY environment, service, hour

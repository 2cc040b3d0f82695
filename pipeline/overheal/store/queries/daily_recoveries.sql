-- purpose: recoveries per environment, service and UTC day, with start ≤ the action's start < end.
SELECT
    environment,
    service,
    intDiv(at, 86400000000) * 86400000000 AS day,
    sumIf(count, NOT human) AS by_automation,
    sumIf(count, human) AS by_hand
FROM known_actions
(
    start = {start:Int64}, end = {end:Int64}, as_of = 4102444800000000, service = '',
    environment = ''
)
WHERE is_recovery
GROUP BY environment, service, day
ORDER BY environment, service, day

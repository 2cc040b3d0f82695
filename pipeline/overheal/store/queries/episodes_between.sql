-- purpose: how many episodes of automated recoveries each service had that began in start ≤ time < end.
SELECT of_environment, of_service, toInt64(value) AS episodes
FROM kpi_episodes
(
    start = {start:Int64}, end = {end:Int64}, as_of = 4102444800000000, service = '',
    environment = '', per_service = 1
)
WHERE of = ''
ORDER BY of_environment, of_service

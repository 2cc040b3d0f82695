-- purpose: episodes that began in start ≤ time < end, that users felt, that automation recovered,
-- and of which nobody was told; those that lasted longest, at most so many.
SELECT environment, service, since, started_at, recovered_at, recoveries
FROM incidents
(
    start = {start:Int64}, end = {end:Int64}, as_of = 4102444800000000, service = '',
    environment = ''
)
WHERE hidden AND NOT human
ORDER BY since - recovered_at, service, environment, since
LIMIT {most:UInt32}

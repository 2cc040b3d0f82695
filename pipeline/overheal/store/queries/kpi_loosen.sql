-- purpose: note the services of which an episode that began in start ≤ hour < end was not over for an hour and a
-- quarter when it was settled, as_of (microseconds UTC); so much of it may come in time.
INSERT INTO kpi_loose (environment, service, since, felt, touched_at)
SELECT environment, service, min(hour), false, fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
FROM kpi_episode_hours FINAL
WHERE hour >= fromUnixTimestamp64Micro({start:Int64}, 'UTC') AND hour < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    AND settled_at = fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
    AND closes_at > {as_of:Int64} - 4500000000
GROUP BY environment, service

-- purpose: settle the levels of autonomy of whole days from those of their hours, start ≤ day < end
-- (microseconds UTC). settled: 0 all services, else the end: those of kpi_unsettled.
INSERT INTO kpi_level_days (day, environment, service, agent, autonomy, at, settled_at)
SELECT day, environment, service, agents, levels, moments, now64(6, 'UTC')
FROM day_levels(start = {start:Int64}, end = {end:Int64})
WHERE {settled:Int64} = 0 OR (environment, service) IN (SELECT environment, service FROM kpi_unsettled)

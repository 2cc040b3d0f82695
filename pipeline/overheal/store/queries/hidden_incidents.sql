-- purpose: episodes that began in start ≤ time < end, that users felt, that automation recovered,
-- and of which nobody was told; with the agents that recovered, and what was seen first.
SELECT
    incident.environment,
    incident.service,
    incident.since,
    incident.started_at,
    incident.recovered_at,
    incident.recoveries,
    incident.told_by_us,
    groupUniqArray(5)(action.agent) AS agents,
    groupUniqArray(5)(action.type) AS types
FROM incidents
(
    start = {start:Int64}, end = {end:Int64}, as_of = 4102444800000000, service = '',
    environment = ''
) AS incident
INNER JOIN known_actions
(
    start = {start:Int64}, end = {end:Int64} + 86400000000, as_of = 4102444800000000, service = '',
    environment = ''
) AS action ON action.environment = incident.environment AND action.service = incident.service
WHERE incident.hidden AND NOT incident.human AND action.is_recovery AND NOT action.human
    AND action.at >= incident.started_at AND action.at <= incident.last_at
GROUP BY ALL
ORDER BY incident.since, incident.environment, incident.service

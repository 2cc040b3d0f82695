-- purpose: settle the episodes of whole days from those of their hours, start ≤ day < end (microseconds UTC).
-- until: start for all services, another moment for those of kpi_loose_services.
INSERT INTO kpi_episode_days (day, environment, service, episodes, recoveries, unknown, seen, took, human_episodes, human_recoveries, human_unknown, human_seen, human_took, felt_told, felt_told_recovered, felt_unknown, quiet_since, quiet_took, settled_at)
SELECT
    toStartOfDay(hour) AS day,
    environment,
    service,
    sum(arrayCount(one -> NOT one.human, each)),
    sum(arraySum(one -> if(one.human, 0, one.recoveries), each)),
    sum(arrayCount(one -> NOT one.human AND one.unknown, each)),
    sum(arrayCount(one -> NOT one.human AND one.recovered AND one.seen, each)),
    groupArrayArray(arrayMap(one -> one.took, arrayFilter(one -> NOT one.human AND one.recovered, each))),
    sum(arrayCount(one -> one.human, each)),
    sum(arraySum(one -> if(one.human, one.recoveries, 0), each)),
    sum(arrayCount(one -> one.human AND one.unknown, each)),
    sum(arrayCount(one -> one.human AND one.recovered AND one.seen, each)),
    groupArrayArray(arrayMap(one -> one.took, arrayFilter(one -> one.human AND one.recovered, each))),
    sum(arrayCount(one -> NOT one.human AND one.felt AND one.told, each)),
    sum(arrayCount(one -> NOT one.human AND one.felt AND one.told AND one.recovered, each)),
    sum(arrayCount(one -> NOT one.human AND one.felt AND one.unknown, each)),
    groupArrayArray(arrayMap(one -> one.since, arrayFilter(one -> NOT one.human AND one.felt AND NOT one.told, each))),
    groupArrayArray(arrayMap(one -> if(one.recovered, one.took, -1), arrayFilter(one -> NOT one.human AND one.felt AND NOT one.told, each))),
    now64(6, 'UTC')
FROM kpi_episode_hours FINAL
WHERE hour >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND hour < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    AND ({until:Int64} = {start:Int64} OR (environment, service) IN (SELECT environment, service FROM kpi_loose_services))
GROUP BY day, environment, service

-- purpose: settle the episodes that began in whole hours, start ≤ hour < end (microseconds UTC); an hour of which
-- nothing is known any more becomes empty. until: start for all services, end for those of kpi_loose_services.
INSERT INTO kpi_episode_hours (hour, environment, service, each, open_until, closes_at, settled_at)
SELECT
    hour,
    environment,
    service,
    groupArrayIf((started_at, human, recoveries, recovered, unknown, recovered_at - since, seen, felt, told, since), there),
    groupArrayIf(of_one, there),
    max(over_at),
    fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
FROM
(
    SELECT toDateTime(intDiv(started_at, 3600000000) * 3600, 'UTC') AS hour, environment, service, started_at, human, recoveries, recovered, unknown, recovered_at, seen, felt, told, since, open_until AS of_one, closes_at AS over_at, true AS there
    FROM settling_episodes
    (
        end = {end:Int64}, as_of = {as_of:Int64}, service = '', environment = '',
        since = {start:Int64}, until = {until:Int64}, trusted = {trusted:Int64}
    )
    UNION ALL
    SELECT DISTINCT hour, environment, service, 0, false, 0, false, false, 0, false, false, false, 0, 0, 0, false
    FROM kpi_episode_hours
    WHERE hour >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
        AND hour < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
        AND ({until:Int64} = {start:Int64} OR (environment, service) IN (SELECT environment, service FROM kpi_loose_services))
)
GROUP BY hour, environment, service

-- Questions that many ask, each an ordinary view over the tables: they hold nothing of their own,
-- so they cannot disagree with the events, whatever was delivered twice or cut off half-way.
-- A repeated row always lies in the month of the first, so FINAL may work month by month.

-- Recoveries per service and hour.
CREATE OR REPLACE VIEW recoveries_hourly AS
SELECT
    environment,
    service,
    toStartOfHour(counted_at) AS hour,
    sum(counted) AS recoveries,
    sum(human_counted) AS human_recoveries
FROM action_events FINAL
WHERE counted > 0 OR human_counted > 0
GROUP BY environment, service, hour
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- Automated recoveries of a service with no more than 15 minutes between one and the next.
CREATE OR REPLACE VIEW episodes AS
SELECT
    environment,
    service,
    min(counted_at) AS started_at,
    max(counted_at) AS ended_at,
    sum(counted) AS recoveries,
    count() AS events
FROM
(
    SELECT
        *,
        sum(opens) OVER
        (
            PARTITION BY environment, service ORDER BY counted_at, id, source
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS episode
    FROM
    (
        SELECT
            environment, service, counted_at, id, source, counted,
            counted_at > addMinutes(lagInFrame(counted_at) OVER
            (
                PARTITION BY environment, service ORDER BY counted_at, id, source
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ), 15) AS opens
        FROM action_events FINAL
        WHERE counted > 0
    )
)
GROUP BY environment, service, episode
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- Every service seen, and what automation did for it.
CREATE OR REPLACE VIEW services AS
SELECT
    environment,
    service,
    argMax(scope, time) AS scope,
    min(time) AS first_at,
    max(time) AS last_at,
    countIf(phase != '') AS action_events,
    countIf(phase = '') AS observations,
    sum(counted) AS recoveries,
    sum(human_counted) AS human_recoveries
FROM
(
    SELECT environment, service, scope, time, phase, counted, human_counted
    FROM action_events FINAL
    UNION ALL
    SELECT environment, service, scope, time, phase, counted, human_counted
    FROM observations FINAL
)
WHERE service != ''
GROUP BY environment, service
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- Findings as they stand: the last revision of each.
CREATE OR REPLACE VIEW findings_current AS
SELECT * FROM findings FINAL
ORDER BY id, revision DESC
LIMIT 1 BY id;

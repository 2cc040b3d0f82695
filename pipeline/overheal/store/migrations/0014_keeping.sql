-- What outlives events, and which of them were thinned.

-- Recoveries of the days of receipt that are settled: what arrived in them will not change any
-- more, and stays when the events expire. One row per hour and day of receipt.
CREATE TABLE IF NOT EXISTS recoveries_settled
(
    environment LowCardinality(String),
    service LowCardinality(String),
    hour DateTime('UTC'),
    received Date COMMENT 'day on which the events were received, UTC',
    recoveries UInt64,
    human_recoveries UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY (environment, service, hour, received)
SETTINGS non_replicated_deduplication_window = 10000;

-- Recoveries per service and hour, of settled days and of all others.
CREATE OR REPLACE VIEW recoveries_hourly AS
SELECT
    environment,
    service,
    hour,
    sum(automated) AS recoveries,
    sum(by_hand) AS human_recoveries
FROM
(
    SELECT
        environment,
        service,
        toStartOfHour(counted_at) AS hour,
        counted AS automated,
        human_counted AS by_hand
    FROM action_events FINAL
    WHERE (counted > 0 OR human_counted > 0)
        AND toDate(received_at) NOT IN (SELECT received FROM recoveries_settled)
    UNION ALL
    SELECT environment, service, hour, recoveries AS automated, human_recoveries AS by_hand
    FROM recoveries_settled FINAL
)
GROUP BY environment, service, hour
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- Whether a bulky trace was kept: one action in ten keeps it.
ALTER TABLE action_events
    ADD COLUMN IF NOT EXISTS trace LowCardinality(String) COMMENT 'bulky parts: kept or cut, empty: none' AFTER detail;

ALTER TABLE observations
    ADD COLUMN IF NOT EXISTS trace LowCardinality(String) COMMENT 'bulky parts: kept or cut, empty: none' AFTER detail;

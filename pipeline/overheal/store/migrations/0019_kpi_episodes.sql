-- Episodes of recoveries with what users felt of them and people were told, settled by hour and by day,
-- so that no question puts them together from actions and signals of 30 days. An episode's recoveries
-- count for a day after its first; so nothing later than a few days changes what is settled of it.

CREATE TABLE IF NOT EXISTS kpi_episode_hours
(
    hour DateTime('UTC'),
    environment LowCardinality(String),
    service LowCardinality(String),
    each Array(Tuple(
        started_at Int64,
        human Bool,
        recoveries UInt64,
        recovered Bool,
        unknown Bool,
        took Int64,
        seen Bool,
        felt Bool,
        told Bool,
        since Int64
    )) COMMENT 'the episodes that began in it: recoveries as occurrences; unknown: the outcome of the last; took: microseconds from since, the first symptom or else the start, to recovery; seen: a symptom is known',
    closes_at Int64 COMMENT 'when the last of them is over, and everybody who was told of it was, microseconds UTC',
    settled_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(settled_at)
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, environment, service)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS kpi_episode_days
(
    day DateTime('UTC'),
    environment LowCardinality(String),
    service LowCardinality(String),
    episodes UInt64 COMMENT 'automated ones',
    recoveries UInt64 COMMENT 'occurrences in them',
    unknown UInt64 COMMENT 'of which the last outcome is not known',
    seen UInt64 COMMENT 'recovered, and the first symptom is known',
    took Array(Int64) COMMENT 'of each that recovered: microseconds from first symptom, or start, to recovery',
    human_episodes UInt64 COMMENT 'those of people',
    human_recoveries UInt64,
    human_unknown UInt64,
    human_seen UInt64,
    human_took Array(Int64),
    felt_told UInt64 COMMENT 'automated ones that users felt, and somebody was told',
    felt_told_recovered UInt64 COMMENT 'of them those that recovered',
    felt_unknown UInt64 COMMENT 'automated ones that users felt, outcome not known',
    quiet_since Array(Int64) COMMENT 'of each that users felt and nobody was told of: its first symptom, or start, microseconds UTC',
    quiet_took Array(Int64) COMMENT 'microseconds from then to recovery, -1: it did not recover',
    settled_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(settled_at)
PARTITION BY toYYYYMM(day)
ORDER BY (day, environment, service)
SETTINGS non_replicated_deduplication_window = 10000;

-- Until when episodes are settled, since when what arrives for them is not in them yet, and which
-- catalogs they were felt through: those that held before, or else the first.
CREATE TABLE IF NOT EXISTS kpi_episode_settlings
(
    settled_at DateTime64(6, 'UTC'),
    until DateTime64(6, 'UTC'),
    trusted_from DateTime64(6, 'UTC'),
    catalogs Array(Int64) COMMENT 'moments from which they hold, microseconds UTC'
)
ENGINE = MergeTree
ORDER BY settled_at
SETTINGS non_replicated_deduplication_window = 10000;

-- Services of whose episodes what is settled may be wrong, beside those in kpi_touched: a signal came
-- more than an hour late, or an episode was not over for an hour when it was settled.
CREATE TABLE IF NOT EXISTS kpi_loose
(
    environment LowCardinality(String),
    service LowCardinality(String),
    since DateTime64(6, 'UTC'),
    felt Bool COMMENT 'so are the services that it depends on',
    touched_at DateTime64(6, 'UTC')
)
ENGINE = MergeTree
ORDER BY touched_at
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS kpi_loose_by_signals TO kpi_loose AS
SELECT environment, service, min(time) AS since, max(signal_facts.felt) AS felt, now64(6, 'UTC') AS touched_at
FROM signal_facts
WHERE drill = '' AND service != '' AND time < now64(6, 'UTC') - toIntervalHour(1)
GROUP BY environment, service;

-- The services that those depend on, by any catalog, of which a signal that users felt came late.
CREATE TABLE IF NOT EXISTS kpi_loose_needed
(
    environment LowCardinality(String),
    service LowCardinality(String),
    since DateTime64(6, 'UTC'),
    touched_at DateTime64(6, 'UTC')
)
ENGINE = MergeTree
ORDER BY touched_at
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS kpi_loose_by_needs TO kpi_loose_needed AS
SELECT known.environment AS environment, known.service AS service, min(needed.since) AS since, now64(6, 'UTC') AS touched_at
FROM
(
    SELECT felt_one.environment AS environment, arrayJoin(need.needs) AS name, felt_one.since AS since
    FROM
    (
        SELECT environment, since, arrayJoin(arrayDistinct([toString(service), splitByChar('/', toString(service))[-1]])) AS name
        FROM kpi_loose
        WHERE felt
    ) AS felt_one
    INNER JOIN kpi_needs AS need ON need.service = felt_one.name
) AS needed
INNER JOIN
(
    SELECT environment, service, arrayJoin(arrayDistinct([toString(service), splitByChar('/', toString(service))[-1]])) AS name
    FROM (SELECT DISTINCT environment, service FROM kpi_days)
) AS known ON known.environment = needed.environment AND known.name = needed.name
GROUP BY environment, service;

-- The first alert or page of each day: where none came in 30 days no source is connected.
CREATE TABLE IF NOT EXISTS kpi_alert_days
(
    environment LowCardinality(String),
    day Date,
    first SimpleAggregateFunction(min, DateTime64(6, 'UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY (environment, day)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS kpi_alert_days_fed TO kpi_alert_days AS
SELECT environment, toDate(time) AS day, min(time) AS first
FROM signal_facts
WHERE kind IN ('alert', 'page') AND NOT ours AND drill = ''
GROUP BY environment, day;

INSERT INTO kpi_alert_days
SELECT environment, toDate(time) AS day, min(time) AS first
FROM signal_facts
WHERE kind IN ('alert', 'page') AND NOT ours AND drill = ''
GROUP BY environment, day
SETTINGS async_insert = 0;

-- Signals are found by time as well, whatever service they are of.

ALTER TABLE signal_facts MODIFY SETTING deduplicate_merge_projection_mode = 'rebuild';

ALTER TABLE signal_facts ADD PROJECTION IF NOT EXISTS by_time
(
    SELECT kind, environment, service, time, event, felt, told, ours, drill
    ORDER BY time
);

ALTER TABLE signal_facts MATERIALIZE PROJECTION by_time SETTINGS mutations_sync = 1;

-- Services of whose episodes something came since they were settled.
CREATE OR REPLACE VIEW kpi_loose_services AS
SELECT environment, service FROM kpi_loose WHERE touched_at >= (SELECT argMax(trusted_from, settled_at) FROM kpi_episode_settlings)
UNION ALL
SELECT environment, service FROM kpi_loose_needed WHERE touched_at >= (SELECT argMax(trusted_from, settled_at) FROM kpi_episode_settlings)
UNION ALL
SELECT environment, service FROM kpi_touched WHERE touched_at >= (SELECT argMax(trusted_from, settled_at) FROM kpi_episode_settlings);

DROP TABLE IF EXISTS kpi_runs SYNC;

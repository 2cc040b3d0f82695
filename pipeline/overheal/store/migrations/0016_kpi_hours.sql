-- What the KPIs count, by environment, service and hour: a table each for the actions that began in
-- an hour, the recoveries of it that lie together, and the levels that agents acted at. They hold
-- what known_actions says of an hour that is over for three, written by `Settling`; a later row of an
-- hour takes the place of an earlier one. Whatever they do not hold, the views count from the facts.

CREATE TABLE IF NOT EXISTS kpi_parts
(
    environment LowCardinality(String),
    service LowCardinality(String),
    hour DateTime('UTC'),
    human Array(Bool) COMMENT 'of each kind of actions one place in all arrays',
    recovery Array(Bool),
    turned_down Array(Bool) COMMENT 'rejected because there was nothing to do',
    begun Array(Bool),
    verified Array(Bool),
    is_over Array(Bool),
    outcome Array(LowCardinality(String)),
    policy Array(LowCardinality(String)),
    autonomy Array(Int8),
    actions Array(UInt64) COMMENT 'how many there are',
    count Array(UInt64) COMMENT 'occurrences they stand for',
    weight Array(UInt64) COMMENT 'occurrences, a proposal counting once',
    timed Array(UInt64) COMMENT 'occurrences of which the duration is known',
    spent_time Array(Float64) COMMENT 'microseconds',
    sized Array(UInt64) COMMENT 'occurrences of which duration and replicas are known',
    spent_replica_time Array(Float64) COMMENT 'microseconds times replicas',
    settled_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(settled_at)
PARTITION BY toYYYYMM(hour)
ORDER BY (environment, service, hour)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS kpi_runs
(
    environment LowCardinality(String),
    service LowCardinality(String),
    hour DateTime('UTC'),
    human Array(Bool) COMMENT 'of each run of recoveries one place in all arrays',
    first_at Array(Int64),
    last_at Array(Int64),
    actions Array(UInt64),
    recoveries Array(UInt64),
    outcome Array(LowCardinality(String)) COMMENT 'of the last one',
    ended_at Array(Int64) COMMENT 'of the last one',
    settled_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(settled_at)
PARTITION BY toYYYYMM(hour)
ORDER BY (environment, service, hour)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS kpi_levels
(
    environment LowCardinality(String),
    service LowCardinality(String),
    hour DateTime('UTC'),
    agent Array(LowCardinality(String)) COMMENT 'of each first action at a level one place in all arrays',
    autonomy Array(Int8),
    at Array(Int64),
    seq Array(UInt64) COMMENT 'order among those of one moment',
    settled_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(settled_at)
PARTITION BY toYYYYMM(hour)
ORDER BY (environment, service, hour)
SETTINGS non_replicated_deduplication_window = 10000;

-- Until when hours are settled, and since when what arrives for them is not in them yet.
CREATE TABLE IF NOT EXISTS kpi_settlings
(
    settled_at DateTime64(6, 'UTC'),
    until DateTime64(6, 'UTC'),
    trusted_from DateTime64(6, 'UTC')
)
ENGINE = MergeTree
ORDER BY settled_at
SETTINGS non_replicated_deduplication_window = 10000;

-- Services of which something came that is older than an hour, or ends an action that is: what is
-- settled of them may be wrong.
CREATE TABLE IF NOT EXISTS kpi_touched
(
    environment LowCardinality(String),
    service LowCardinality(String),
    since DateTime64(6, 'UTC'),
    until DateTime64(6, 'UTC'),
    touched_at DateTime64(6, 'UTC')
)
ENGINE = MergeTree
ORDER BY touched_at
SETTINGS non_replicated_deduplication_window = 10000;

-- By catalog: what each service depends on, however indirectly; '' stands for the catalog itself.
CREATE TABLE IF NOT EXISTS kpi_needs
(
    holds_from DateTime64(6, 'UTC'),
    service String COMMENT 'as the catalog names it',
    needs Array(String)
)
ENGINE = ReplacingMergeTree
ORDER BY (holds_from, service)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS kpi_touched_by_facts TO kpi_touched AS
SELECT environment, service, min(began) AS since, max(time) AS until, now64(6, 'UTC') AS touched_at
FROM
(
    SELECT environment, service, time, if(rank = 5, fromUnixTimestamp64Micro(greatest(toUnixTimestamp64Micro(time) - ifNull(duration, 0), 0), 'UTC'), time) AS began
    FROM action_facts
)
WHERE began < now64(6, 'UTC') - toIntervalHour(1)
GROUP BY environment, service;

CREATE MATERIALIZED VIEW IF NOT EXISTS kpi_touched_by_restatements TO kpi_touched AS
SELECT environment, service, min(decided_at) AS since, max(decided_at) AS until, now64(6, 'UTC') AS touched_at
FROM outcome_restatements
WHERE decided_at < now64(6, 'UTC') - toIntervalHour(1)
GROUP BY environment, service;

CREATE OR REPLACE VIEW kpi_unsettled AS
SELECT DISTINCT environment, service
FROM kpi_touched
WHERE touched_at >= (SELECT argMax(trusted_from, settled_at) FROM kpi_settlings);

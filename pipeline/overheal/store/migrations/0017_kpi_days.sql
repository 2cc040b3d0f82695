-- What the KPIs count of settled hours, as plain sums by hour and by day: a day is read in the place of
-- its hours, so that 30 days of ten thousand services are some hundred thousand rows. Both begin their
-- sorting key with the time, so that the hours at the ends of a span are read alone. The newest events
-- are found by time (projection `by_time`), whatever service they are of.

ALTER TABLE action_facts MODIFY SETTING deduplicate_merge_projection_mode = 'rebuild';

ALTER TABLE action_facts ADD PROJECTION IF NOT EXISTS by_time
(
    SELECT environment, service, time, action, event, rank, action_id, agent, agent_kind, type, policy, autonomy, recovery, drill, count, outcome, verified, duration, replicas, user_visible, unneeded
    ORDER BY time
);

ALTER TABLE action_facts MATERIALIZE PROJECTION by_time SETTINGS mutations_sync = 1;

CREATE TABLE IF NOT EXISTS kpi_hours
(
    hour DateTime('UTC') CODEC(Delta, ZSTD(1)),
    environment LowCardinality(String),
    service LowCardinality(String),
    policy LowCardinality(String),
    autonomy Int8 COMMENT '-1: unknown',
    actions UInt64 COMMENT 'actions that began, not by people',
    healed UInt64 COMMENT 'automated recoveries, each once',
    human_healed UInt64 COMMENT 'recoveries by people, each once',
    good_verified UInt64 COMMENT 'occurrences of automated recoveries: succeeded, and that was looked at',
    good_believed UInt64 COMMENT 'succeeded, as they say',
    bad_verified UInt64 COMMENT 'another outcome',
    bad_believed UInt64 COMMENT 'another outcome, as they say',
    unknown UInt64 COMMENT 'over, and no outcome known',
    open UInt64 COMMENT 'not over',
    ineffective UInt64 COMMENT 'of those with another outcome',
    human_recoveries UInt64 COMMENT 'occurrences of recoveries by people',
    human_unknown UInt64 COMMENT 'over, and no outcome known',
    human_open UInt64 COMMENT 'not over',
    timed UInt64 COMMENT 'occurrences of automated recoveries of which the duration is known',
    timeless_open UInt64 COMMENT 'not over, and it is not known',
    sized UInt64 COMMENT 'duration and replicas are known',
    sizeless_open UInt64 COMMENT 'not over, and they are not known',
    spent_time Float64 COMMENT 'microseconds',
    spent_replica_time Float64 COMMENT 'microseconds times replicas',
    judged UInt64 COMMENT 'automated recoveries, and proposals turned down as there was nothing to do, each once',
    weighed UInt64 COMMENT 'occurrences of those with an outcome, a proposal counting once',
    unneeded UInt64 COMMENT 'of them unnecessary or turned down',
    weighed_unknown UInt64 COMMENT 'over, and no outcome known',
    weighed_open UInt64 COMMENT 'not over',
    settled_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(settled_at)
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, environment, service, policy, autonomy)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS kpi_days
(
    day DateTime('UTC') CODEC(Delta, ZSTD(1)),
    environment LowCardinality(String),
    service LowCardinality(String),
    policy LowCardinality(String),
    autonomy Int8 COMMENT '-1: unknown',
    actions UInt64 COMMENT 'actions that began, not by people',
    healed UInt64 COMMENT 'automated recoveries, each once',
    human_healed UInt64 COMMENT 'recoveries by people, each once',
    good_verified UInt64 COMMENT 'occurrences of automated recoveries: succeeded, and that was looked at',
    good_believed UInt64 COMMENT 'succeeded, as they say',
    bad_verified UInt64 COMMENT 'another outcome',
    bad_believed UInt64 COMMENT 'another outcome, as they say',
    unknown UInt64 COMMENT 'over, and no outcome known',
    open UInt64 COMMENT 'not over',
    ineffective UInt64 COMMENT 'of those with another outcome',
    human_recoveries UInt64 COMMENT 'occurrences of recoveries by people',
    human_unknown UInt64 COMMENT 'over, and no outcome known',
    human_open UInt64 COMMENT 'not over',
    timed UInt64 COMMENT 'occurrences of automated recoveries of which the duration is known',
    timeless_open UInt64 COMMENT 'not over, and it is not known',
    sized UInt64 COMMENT 'duration and replicas are known',
    sizeless_open UInt64 COMMENT 'not over, and they are not known',
    spent_time Float64 COMMENT 'microseconds',
    spent_replica_time Float64 COMMENT 'microseconds times replicas',
    judged UInt64 COMMENT 'automated recoveries, and proposals turned down as there was nothing to do, each once',
    weighed UInt64 COMMENT 'occurrences of those with an outcome, a proposal counting once',
    unneeded UInt64 COMMENT 'of them unnecessary or turned down',
    weighed_unknown UInt64 COMMENT 'over, and no outcome known',
    weighed_open UInt64 COMMENT 'not over',
    settled_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(settled_at)
PARTITION BY toYYYYMM(day)
ORDER BY (day, environment, service, policy, autonomy)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS kpi_level_hours
(
    hour DateTime('UTC'),
    environment LowCardinality(String),
    service LowCardinality(String),
    agent Array(LowCardinality(String)) COMMENT 'of each first action at a level one place in all arrays',
    autonomy Array(Int8),
    at Array(Int64),
    seq Array(UInt64) COMMENT 'order among those of one moment',
    settled_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(settled_at)
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, environment, service)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS kpi_level_days
(
    day DateTime('UTC'),
    environment LowCardinality(String),
    service LowCardinality(String),
    agent Array(LowCardinality(String)) COMMENT 'of each first action at a level one place in all arrays',
    autonomy Array(Int8),
    at Array(Int64),
    seq Array(UInt64) COMMENT 'order among those of one moment',
    settled_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(settled_at)
PARTITION BY toYYYYMM(day)
ORDER BY (day, environment, service)
SETTINGS non_replicated_deduplication_window = 10000;

-- By settled hour: between which moments the events lie of all actions that lasted into it. An hour that
-- is cut by a span's beginning is counted from these events alone.
CREATE TABLE IF NOT EXISTS kpi_extents
(
    hour DateTime('UTC'),
    since SimpleAggregateFunction(min, DateTime64(6, 'UTC')),
    until SimpleAggregateFunction(max, DateTime64(6, 'UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY hour
SETTINGS non_replicated_deduplication_window = 10000;

-- What is settled comes over from the tables that held it by kind of actions; run again they are empty.

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

INSERT INTO kpi_hours (hour, environment, service, policy, autonomy, actions, healed, human_healed, good_verified, good_believed, bad_verified, bad_believed, unknown, open, ineffective, human_recoveries, human_unknown, human_open, timed, timeless_open, sized, sizeless_open, spent_time, spent_replica_time, judged, weighed, unneeded, weighed_unknown, weighed_open, settled_at)
SELECT hour, environment, service, policy, autonomy,
    sumIf(actions, begun AND NOT human) AS sum_actions,
    sumIf(actions, recovery AND NOT human) AS sum_healed,
    sumIf(actions, recovery AND human) AS sum_human_healed,
    sumIf(count, recovery AND NOT human AND outcome = 'succeeded' AND verified) AS sum_good_verified,
    sumIf(count, recovery AND NOT human AND outcome = 'succeeded' AND NOT verified) AS sum_good_believed,
    sumIf(count, recovery AND NOT human AND outcome NOT IN ('', 'succeeded') AND verified) AS sum_bad_verified,
    sumIf(count, recovery AND NOT human AND outcome NOT IN ('', 'succeeded') AND NOT verified) AS sum_bad_believed,
    sumIf(count, recovery AND NOT human AND outcome = '' AND is_over) AS sum_unknown,
    sumIf(count, recovery AND NOT human AND outcome = '' AND NOT is_over) AS sum_open,
    sumIf(count, recovery AND NOT human AND outcome = 'ineffective') AS sum_ineffective,
    sumIf(count, recovery AND human) AS sum_human_recoveries,
    sumIf(count, recovery AND human AND outcome = '' AND is_over) AS sum_human_unknown,
    sumIf(count, recovery AND human AND outcome = '' AND NOT is_over) AS sum_human_open,
    sumIf(timed, recovery AND NOT human) AS sum_timed,
    sumIf(count - timed, recovery AND NOT human AND NOT is_over) AS sum_timeless_open,
    sumIf(sized, recovery AND NOT human) AS sum_sized,
    sumIf(count - sized, recovery AND NOT human AND NOT is_over) AS sum_sizeless_open,
    sumIf(spent_time, recovery AND NOT human) AS sum_spent_time,
    sumIf(spent_replica_time, recovery AND NOT human) AS sum_spent_replica_time,
    sumIf(actions, NOT human AND (recovery OR turned_down)) AS sum_judged,
    sumIf(weight, NOT human AND (recovery OR turned_down) AND (outcome != '' OR turned_down)) AS sum_weighed,
    sumIf(weight, NOT human AND (recovery OR turned_down) AND (outcome = 'unnecessary' OR turned_down)) AS sum_unneeded,
    sumIf(weight, NOT human AND (recovery OR turned_down) AND outcome = '' AND is_over AND NOT turned_down) AS sum_weighed_unknown,
    sumIf(weight, NOT human AND (recovery OR turned_down) AND outcome = '' AND NOT is_over AND NOT turned_down) AS sum_weighed_open,
    any(settled)
FROM
(
    SELECT hour, environment, service, human, recovery, turned_down, begun, verified, is_over, outcome, policy, autonomy, actions, count, weight, timed, spent_time, sized, spent_replica_time, settled_at AS settled
    FROM kpi_parts FINAL
    ARRAY JOIN human, recovery, turned_down, begun, verified, is_over, outcome, policy, autonomy, actions, count, weight, timed, spent_time, sized, spent_replica_time
)
GROUP BY hour, environment, service, policy, autonomy
SETTINGS max_partitions_per_insert_block = 0, async_insert = 0;

DROP TABLE IF EXISTS kpi_parts SYNC;

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

INSERT INTO kpi_level_hours (hour, environment, service, agent, autonomy, at, seq, settled_at)
SELECT hour, environment, service, agent, autonomy, at, seq, settled_at
FROM kpi_levels FINAL
SETTINGS max_partitions_per_insert_block = 0, async_insert = 0;

-- Levels by day: the first action of an agent on it, and those at another level than the one before.
CREATE OR REPLACE VIEW day_levels AS
SELECT
    toStartOfDay(hour) AS day,
    environment,
    service,
    groupArrayIf(agent, starts) AS agents,
    groupArrayIf(autonomy, starts) AS levels,
    groupArrayIf(at, starts) AS moments,
    groupArrayIf(seq, starts) AS seqs
FROM
(
    SELECT
        hour, environment, service, agent, autonomy, at, seq, there,
        there AND lagInFrame(toInt16(autonomy), 1, -2) OVER (PARTITION BY environment, service, agent, toStartOfDay(hour), there ORDER BY at, seq ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) != autonomy AS starts
    FROM
    (
        SELECT hour, environment, service, one.1 AS agent, one.2 AS autonomy, one.3 AS at, one.4 AS seq, one.5 AS there
        FROM
        (
            SELECT hour, environment, service, arrayJoin(arrayConcat([('', toInt8(0), toInt64(0), toUInt64(0), false)], arrayMap((a, l, m, n) -> (toString(a), l, m, n, true), agent, autonomy, at, seq))) AS one
            FROM kpi_level_hours FINAL
            WHERE hour >= fromUnixTimestamp64Micro({start:Int64}, 'UTC') AND hour < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
        )
    )
)
GROUP BY day, environment, service;

INSERT INTO kpi_days (day, environment, service, policy, autonomy, actions, healed, human_healed, good_verified, good_believed, bad_verified, bad_believed, unknown, open, ineffective, human_recoveries, human_unknown, human_open, timed, timeless_open, sized, sizeless_open, spent_time, spent_replica_time, judged, weighed, unneeded, weighed_unknown, weighed_open, settled_at)
SELECT toStartOfDay(hour) AS day, environment, service, policy, autonomy, sum(actions), sum(healed), sum(human_healed), sum(good_verified), sum(good_believed), sum(bad_verified), sum(bad_believed), sum(unknown), sum(open), sum(ineffective), sum(human_recoveries), sum(human_unknown), sum(human_open), sum(timed), sum(timeless_open), sum(sized), sum(sizeless_open), sum(spent_time), sum(spent_replica_time), sum(judged), sum(weighed), sum(unneeded), sum(weighed_unknown), sum(weighed_open), now64(6, 'UTC')
FROM kpi_hours FINAL
GROUP BY day, environment, service, policy, autonomy
SETTINGS max_partitions_per_insert_block = 0, async_insert = 0;

INSERT INTO kpi_level_days (day, environment, service, agent, autonomy, at, seq, settled_at)
SELECT day, environment, service, agents, levels, moments, seqs, now64(6, 'UTC')
FROM day_levels(start = 0, end = 4102444800000000)
SETTINGS max_partitions_per_insert_block = 0, async_insert = 0;

DROP TABLE IF EXISTS kpi_levels SYNC;

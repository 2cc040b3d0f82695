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

DROP VIEW IF EXISTS known_parts;

DROP VIEW IF EXISTS live_parts;

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

-- Actions as they stand, each once, of which one is looked for by the moment it began: start ≤ at <
-- end, microseconds UTC. Only what had happened by as_of is known. '' is every service, or every
-- environment; a short name is that of every service that ends so. Events of an action count from
-- three days before the span to three days after it. Drills are not among them. Of the whole hours
-- before `settled` only the services that kpi_unsettled names are looked at (0: all of everything);
-- where little is left, only the actions are read that can lie in it. These services and the moments
-- that are not settled are read apart, since the ones are found by name and the others by time.
CREATE OR REPLACE VIEW actions_within AS
WITH
    intDiv({start:Int64} + 3599999999, 3600000000) * 3600000000 AS whole_from,
    intDiv(least({end:Int64}, {settled:Int64}), 3600000000) * 3600000000 AS whole_until,
    if(whole_until > whole_from, whole_from, {start:Int64}) AS first_hour,
    if(whole_until > whole_from, whole_until, {start:Int64}) AS last_hour,
    {end:Int64} - last_hour + first_hour - {start:Int64} > 345600000000 AS is_wide,
    toDateTime(intDiv({start:Int64}, 3600000000) * 3600, 'UTC') AS cut_hour,
    greatest({start:Int64} - 259200000000, (SELECT if(count() = 0, 0, toUnixTimestamp64Micro(min(since))) FROM kpi_extents WHERE hour = cut_hour)) AS cut_from,
    least(first_hour + 259200000000, (SELECT if(count() = 0, 9223372036854775807, toUnixTimestamp64Micro(max(until)) + 1) FROM kpi_extents WHERE hour = cut_hour)) AS cut_until
SELECT
    action.environment AS environment,
    action.service AS service,
    action.action_id AS action_id,
    action.agent AS agent,
    action.human AS human,
    action.type AS type,
    action.policy AS policy,
    action.autonomy AS autonomy,
    action.at AS at,
    action.is_recovery AS is_recovery,
    action.count AS count,
    action.is_over AS is_over,
    nullIf(action.ended, 0) AS ended_at,
    nullIf(action.duration, 0) AS duration,
    action.replicas AS replicas,
    action.user_visible AS user_visible,
    action.unneeded AS unneeded,
    action.was_begun AS was_begun,
    action.told_outcome AS told_outcome,
    if(restated.known, 'ineffective', action.told_outcome) AS outcome,
    action.told_verified OR restated.known AS verified,
    restated.known AS restated
FROM
(
    WITH
        toUnixTimestamp64Micro(time) AS micros,
        micros * 8 + rank AS place,
        place + if(recovery, 0, 4611686018427387904) AS first_place
    SELECT
        environment,
        service,
        action,
        any(action_facts.action_id) AS action_id,
        argMinIf(drill != '', place, rank > 3) AS drilled,
        countIf(recovery AND rank IN (4, 5)) > 0 AND service != '' AS is_recovery,
        countIf(rank IN (4, 5)) > 0 AS was_begun,
        argMinIf(micros - if(rank = 5, ifNull(action_facts.duration, 0), 0), first_place, rank IN (4, 5)) AS began_at,
        if(was_begun, began_at, min(micros)) AS at,
        argMinIf(action_facts.count, first_place, rank IN (4, 5)) AS count,
        argMinIf(agent_kind = 'human', first_place, rank IN (4, 5)) AS human,
        argMinIf(action_facts.agent, first_place, rank IN (4, 5)) AS agent,
        argMinIf(action_facts.type, first_place, rank IN (4, 5)) AS type,
        countIf(rank > 4) > 0 AS is_over,
        argMaxIf(toString(action_facts.outcome), place, rank > 4 AND action_facts.outcome NOT IN ('', 'unknown')) AS told_outcome,
        argMaxIf(action_facts.verified, place, rank > 4 AND action_facts.outcome NOT IN ('', 'unknown')) AS told_verified,
        toUnixTimestamp64Micro(if(countIf(rank = 5) > 0, maxIf(time, rank = 5), maxIf(time, rank = 6))) AS ended,
        max(action_facts.duration) AS duration,
        max(action_facts.replicas) AS replicas,
        max(action_facts.user_visible) AS user_visible,
        max(action_facts.unneeded) AS unneeded,
        max(action_facts.policy) AS policy,
        max(action_facts.autonomy) AS autonomy
    FROM
    (
        SELECT environment, service, time, action, rank, action_id, agent, agent_kind, type, policy, autonomy, recovery, drill, count, outcome, verified, duration, replicas, user_visible, unneeded
        FROM action_facts
        WHERE time >= fromUnixTimestamp64Micro(greatest({start:Int64}, 259200000000) - 259200000000, 'UTC')
            AND time < fromUnixTimestamp64Micro({end:Int64} + 259200000000, 'UTC')
            AND time <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
            AND
            (
                last_hour = first_hour
                OR first_hour > {start:Int64} AND time >= fromUnixTimestamp64Micro(cut_from, 'UTC') AND time < fromUnixTimestamp64Micro(cut_until, 'UTC')
                OR time >= fromUnixTimestamp64Micro(greatest(last_hour, 259200000000) - 259200000000, 'UTC')
            )
            AND
            (
                is_wide
                OR action IN
                (
                    SELECT action
                    FROM action_facts
                    WHERE NOT is_wide
                        AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
                        AND time < fromUnixTimestamp64Micro({end:Int64} + 259200000000, 'UTC')
                        AND time <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
                        AND ({environment:String} = '' OR environment = {environment:String})
                        AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
                        AND
                        (
                            time < fromUnixTimestamp64Micro(first_hour, 'UTC')
                            OR rank = 5 AND first_hour > {start:Int64} AND time < fromUnixTimestamp64Micro(cut_until, 'UTC') AND toUnixTimestamp64Micro(time) - ifNull(duration, 0) < first_hour
                            OR time >= fromUnixTimestamp64Micro(last_hour, 'UTC') AND (time < fromUnixTimestamp64Micro({end:Int64}, 'UTC') OR rank = 5 AND toUnixTimestamp64Micro(time) - ifNull(duration, 0) < {end:Int64})
                        )
                )
            )
            AND ({environment:String} = '' OR environment = {environment:String})
            AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
            AND (last_hour = first_hour OR (environment, service) NOT IN (SELECT environment, service FROM kpi_touched WHERE touched_at >= (SELECT argMax(trusted_from, settled_at) FROM kpi_settlings)))
        UNION ALL
        SELECT environment, service, time, action, rank, action_id, agent, agent_kind, type, policy, autonomy, recovery, drill, count, outcome, verified, duration, replicas, user_visible, unneeded
        FROM action_facts
        WHERE last_hour > first_hour
            AND (environment, service) IN (SELECT environment, service FROM kpi_touched WHERE touched_at >= (SELECT argMax(trusted_from, settled_at) FROM kpi_settlings))
            AND time >= fromUnixTimestamp64Micro(greatest({start:Int64}, 259200000000) - 259200000000, 'UTC')
            AND time < fromUnixTimestamp64Micro({end:Int64} + 259200000000, 'UTC')
            AND time <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
            AND ({environment:String} = '' OR environment = {environment:String})
            AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
    ) AS action_facts
    GROUP BY environment, service, action
) AS action
LEFT JOIN
(
    SELECT DISTINCT environment, service, sipHash64(action_id) AS action, true AS known
    FROM outcome_restatements FINAL
    WHERE NOT withdrawn AND decided_at <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
) AS restated ON restated.environment = action.environment AND restated.service = action.service AND restated.action = action.action
WHERE NOT action.drilled AND (action.was_begun OR action.unneeded)
    AND action.at >= {start:Int64} AND action.at < {end:Int64}
    AND (action.at < first_hour OR action.at >= last_hour OR (action.environment, action.service) IN (SELECT environment, service FROM kpi_touched WHERE touched_at >= (SELECT argMax(trusted_from, settled_at) FROM kpi_settlings)));

-- What kpi_hours holds of a span, as far as actions_within has it.
CREATE OR REPLACE VIEW live_hours AS
SELECT
    toDateTime(intDiv(began, 3600000000) * 3600, 'UTC') AS hour,
    environment,
    service,
    policy,
    autonomy,
    countIf(begun AND NOT human) AS actions,
    countIf(recovery AND NOT human) AS healed,
    countIf(recovery AND human) AS human_healed,
    sumIf(occurrences, recovery AND NOT human AND outcome = 'succeeded' AND verified) AS good_verified,
    sumIf(occurrences, recovery AND NOT human AND outcome = 'succeeded' AND NOT verified) AS good_believed,
    sumIf(occurrences, recovery AND NOT human AND outcome NOT IN ('', 'succeeded') AND verified) AS bad_verified,
    sumIf(occurrences, recovery AND NOT human AND outcome NOT IN ('', 'succeeded') AND NOT verified) AS bad_believed,
    sumIf(occurrences, recovery AND NOT human AND outcome = '' AND is_over) AS unknown,
    sumIf(occurrences, recovery AND NOT human AND outcome = '' AND NOT is_over) AS open,
    sumIf(occurrences, recovery AND NOT human AND outcome = 'ineffective') AS ineffective,
    sumIf(occurrences, recovery AND human) AS human_recoveries,
    sumIf(occurrences, recovery AND human AND outcome = '' AND is_over) AS human_unknown,
    sumIf(occurrences, recovery AND human AND outcome = '' AND NOT is_over) AS human_open,
    sumIf(occurrences, recovery AND NOT human AND isNotNull(lasted)) AS timed,
    sumIf(occurrences, recovery AND NOT human AND isNull(lasted) AND NOT is_over) AS timeless_open,
    sumIf(occurrences, recovery AND NOT human AND isNotNull(lasted * size)) AS sized,
    sumIf(occurrences, recovery AND NOT human AND isNull(lasted * size) AND NOT is_over) AS sizeless_open,
    sumIf(ifNull(occurrences * toFloat64(lasted), 0), recovery AND NOT human) AS spent_time,
    sumIf(ifNull(occurrences * (lasted * size), 0), recovery AND NOT human) AS spent_replica_time,
    countIf(NOT human AND (recovery OR turned_down)) AS judged,
    sumIf(greatest(occurrences, 1), NOT human AND (recovery OR turned_down) AND (outcome != '' OR turned_down)) AS weighed,
    sumIf(greatest(occurrences, 1), NOT human AND (recovery OR turned_down) AND (outcome = 'unnecessary' OR turned_down)) AS unneeded,
    sumIf(greatest(occurrences, 1), NOT human AND (recovery OR turned_down) AND outcome = '' AND is_over AND NOT turned_down) AS weighed_unknown,
    sumIf(greatest(occurrences, 1), NOT human AND (recovery OR turned_down) AND outcome = '' AND NOT is_over AND NOT turned_down) AS weighed_open
FROM
(
    SELECT
        environment, service, at AS began, human, is_recovery AS recovery, unneeded AND NOT is_over AS turned_down, was_begun AS begun,
        verified, is_over, outcome, policy, autonomy, count AS occurrences, duration AS lasted, replicas AS size
    FROM actions_within(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String}, settled = {settled:Int64})
)
GROUP BY hour, environment, service, policy, autonomy;

-- The sums of all actions of a span, settled or not, by day and by hour, and the levels of all agents:
-- what KPIs are made of.
CREATE OR REPLACE VIEW known_sums AS
SELECT *
FROM
(
    SELECT day, environment, service, policy, autonomy, actions, healed, human_healed, good_verified, good_believed, bad_verified, bad_believed, unknown, open, ineffective, human_recoveries, human_unknown, human_open, timed, timeless_open, sized, sizeless_open, spent_time, spent_replica_time, judged, weighed, unneeded, weighed_unknown, weighed_open
    FROM kpi_days FINAL
    WHERE day >= toDateTime(intDiv({start:Int64} + 86399999999, 86400000000) * 86400, 'UTC')
        AND day < toDateTime(intDiv(least({end:Int64}, (SELECT if({as_of:Int64} >= toUnixTimestamp64Micro(max(settled_at)), toUnixTimestamp64Micro(argMax(until, settled_at)), 0) FROM kpi_settlings)), 86400000000) * 86400, 'UTC')
        AND ({environment:String} = '' OR environment = {environment:String})
         AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
        AND (environment, service) NOT IN (SELECT environment, service FROM kpi_touched WHERE touched_at >= (SELECT argMax(trusted_from, settled_at) FROM kpi_settlings))
    UNION ALL
    SELECT toStartOfDay(hour), environment, service, policy, autonomy, actions, healed, human_healed, good_verified, good_believed, bad_verified, bad_believed, unknown, open, ineffective, human_recoveries, human_unknown, human_open, timed, timeless_open, sized, sizeless_open, spent_time, spent_replica_time, judged, weighed, unneeded, weighed_unknown, weighed_open
    FROM kpi_hours FINAL
    WHERE hour >= toDateTime(intDiv({start:Int64} + 3599999999, 3600000000) * 3600, 'UTC')
        AND hour < toDateTime(intDiv(least({end:Int64}, (SELECT if({as_of:Int64} >= toUnixTimestamp64Micro(max(settled_at)), toUnixTimestamp64Micro(argMax(until, settled_at)), 0) FROM kpi_settlings)), 3600000000) * 3600, 'UTC')
        AND NOT (hour >= toDateTime(intDiv({start:Int64} + 86399999999, 86400000000) * 86400, 'UTC') AND hour < toDateTime(intDiv(least({end:Int64}, (SELECT if({as_of:Int64} >= toUnixTimestamp64Micro(max(settled_at)), toUnixTimestamp64Micro(argMax(until, settled_at)), 0) FROM kpi_settlings)), 86400000000) * 86400, 'UTC'))
        AND ({environment:String} = '' OR environment = {environment:String})
         AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
        AND (environment, service) NOT IN (SELECT environment, service FROM kpi_touched WHERE touched_at >= (SELECT argMax(trusted_from, settled_at) FROM kpi_settlings))
)
UNION ALL
SELECT toStartOfDay(hour) AS day, environment, service, policy, autonomy, actions, healed, human_healed, good_verified, good_believed, bad_verified, bad_believed, unknown, open, ineffective, human_recoveries, human_unknown, human_open, timed, timeless_open, sized, sizeless_open, spent_time, spent_replica_time, judged, weighed, unneeded, weighed_unknown, weighed_open
FROM live_hours(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String}, settled = (SELECT if({as_of:Int64} >= toUnixTimestamp64Micro(max(settled_at)), toUnixTimestamp64Micro(argMax(until, settled_at)), 0) FROM kpi_settlings));

CREATE OR REPLACE VIEW known_hours AS
SELECT hour, environment, service, policy, autonomy, actions, healed, human_healed, good_verified, good_believed, bad_verified, bad_believed, unknown, open, ineffective, human_recoveries, human_unknown, human_open, timed, timeless_open, sized, sizeless_open, spent_time, spent_replica_time, judged, weighed, unneeded, weighed_unknown, weighed_open
FROM kpi_hours FINAL
WHERE hour >= toDateTime(intDiv({start:Int64} + 3599999999, 3600000000) * 3600, 'UTC')
    AND hour < toDateTime(intDiv(least({end:Int64}, (SELECT if({as_of:Int64} >= toUnixTimestamp64Micro(max(settled_at)), toUnixTimestamp64Micro(argMax(until, settled_at)), 0) FROM kpi_settlings)), 3600000000) * 3600, 'UTC')
    AND ({environment:String} = '' OR environment = {environment:String})
         AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
        AND (environment, service) NOT IN (SELECT environment, service FROM kpi_touched WHERE touched_at >= (SELECT argMax(trusted_from, settled_at) FROM kpi_settlings))
UNION ALL
SELECT hour, environment, service, policy, autonomy, actions, healed, human_healed, good_verified, good_believed, bad_verified, bad_believed, unknown, open, ineffective, human_recoveries, human_unknown, human_open, timed, timeless_open, sized, sizeless_open, spent_time, spent_replica_time, judged, weighed, unneeded, weighed_unknown, weighed_open
FROM live_hours(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String}, settled = (SELECT if({as_of:Int64} >= toUnixTimestamp64Micro(max(settled_at)), toUnixTimestamp64Micro(argMax(until, settled_at)), 0) FROM kpi_settlings));

CREATE OR REPLACE VIEW known_levels AS
SELECT *
FROM
(
    SELECT environment, service, agent, autonomy, at, seq
    FROM kpi_level_days FINAL
    ARRAY JOIN agent, autonomy, at, seq
    WHERE day >= toDateTime(intDiv({start:Int64} + 86399999999, 86400000000) * 86400, 'UTC')
        AND day < toDateTime(intDiv(least({end:Int64}, (SELECT if({as_of:Int64} >= toUnixTimestamp64Micro(max(settled_at)), toUnixTimestamp64Micro(argMax(until, settled_at)), 0) FROM kpi_settlings)), 86400000000) * 86400, 'UTC')
        AND ({environment:String} = '' OR environment = {environment:String})
         AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
        AND (environment, service) NOT IN (SELECT environment, service FROM kpi_touched WHERE touched_at >= (SELECT argMax(trusted_from, settled_at) FROM kpi_settlings))
    UNION ALL
    SELECT environment, service, agent, autonomy, at, seq
    FROM kpi_level_hours FINAL
    ARRAY JOIN agent, autonomy, at, seq
    WHERE hour >= toDateTime(intDiv({start:Int64} + 3599999999, 3600000000) * 3600, 'UTC')
        AND hour < toDateTime(intDiv(least({end:Int64}, (SELECT if({as_of:Int64} >= toUnixTimestamp64Micro(max(settled_at)), toUnixTimestamp64Micro(argMax(until, settled_at)), 0) FROM kpi_settlings)), 3600000000) * 3600, 'UTC')
        AND NOT (hour >= toDateTime(intDiv({start:Int64} + 86399999999, 86400000000) * 86400, 'UTC') AND hour < toDateTime(intDiv(least({end:Int64}, (SELECT if({as_of:Int64} >= toUnixTimestamp64Micro(max(settled_at)), toUnixTimestamp64Micro(argMax(until, settled_at)), 0) FROM kpi_settlings)), 86400000000) * 86400, 'UTC'))
        AND ({environment:String} = '' OR environment = {environment:String})
         AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
        AND (environment, service) NOT IN (SELECT environment, service FROM kpi_touched WHERE touched_at >= (SELECT argMax(trusted_from, settled_at) FROM kpi_settlings))
)
UNION ALL
SELECT environment, service, agent, autonomy, at, seq
FROM live_levels(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String}, settled = (SELECT if({as_of:Int64} >= toUnixTimestamp64Micro(max(settled_at)), toUnixTimestamp64Micro(argMax(until, settled_at)), 0) FROM kpi_settlings));

-- Of each KPI one view, as before.

CREATE OR REPLACE VIEW kpi_auto_recovery_success AS
WITH
    (k, n) -> if(n > 0, greatest(0., (k / n + 3.8414588206941254 / n / 2) / (1 + 3.8414588206941254 / n) - 1.959963984540054 * sqrt(k / n * (1 - k / n) / n + 3.8414588206941254 / n / (4 * n)) / (1 + 3.8414588206941254 / n)), NULL) AS wilson_low,
    (k, n) -> if(n > 0, least(1., (k / n + 3.8414588206941254 / n / 2) / (1 + 3.8414588206941254 / n) + 1.959963984540054 * sqrt(k / n * (1 - k / n) / n + 3.8414588206941254 / n / (4 * n)) / (1 + 3.8414588206941254 / n)), NULL) AS wilson_high
SELECT
    of_environment,
    of_service,
    'auto_recovery_success' AS name,
    part.1 AS of,
    'share' AS unit,
    toFloat64(if(part.2 + part.3 > 0, part.2 / (part.2 + part.3), NULL)) AS value,
    toFloat64(wilson_low(part.2, part.2 + part.3)) AS low,
    toFloat64(wilson_high(part.2, part.2 + part.3)) AS high,
    toFloat64(part.2) AS numerator,
    toFloat64(part.2 + part.3) AS denominator,
    toUInt64(unknown_ones) AS unknown,
    toUInt64(open_ones) AS open
FROM
(
    SELECT
        if({per_service:UInt8} = 1, environment, '') AS of_environment,
    if({per_service:UInt8} = 1, service, '') AS of_service,
        sum(unknown) AS unknown_ones,
        sum(open) AS open_ones,
        sum(good_verified) AS good_seen,
        sum(good_believed) AS good_told,
        sum(bad_verified) AS bad_seen,
        sum(bad_believed) AS bad_told,
        arrayJoin([('', good_seen + good_told, bad_seen + bad_told), ('verified', good_seen, bad_seen), ('believed', good_told, bad_told)]) AS part
    FROM known_sums(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
    GROUP BY of_environment, of_service
    HAVING sum(healed) > 0
);

CREATE OR REPLACE VIEW kpi_recovery_frequency AS
SELECT
    of_environment,
    of_service,
    'recoveries' AS name,
    part.1 AS of,
    'recoveries' AS unit,
    toFloat64(part.2) AS value,
    toFloat64(NULL) AS low,
    toFloat64(NULL) AS high,
    toFloat64(part.2) AS numerator,
    toFloat64(part.3) AS denominator,
    toUInt64(part.4) AS unknown,
    toUInt64(part.5) AS open
FROM
(
    SELECT
        if({per_service:UInt8} = 1, environment, '') AS of_environment,
    if({per_service:UInt8} = 1, service, '') AS of_service,
        arrayJoin
        ([
            ('', sum(good_verified) + sum(good_believed) + sum(bad_verified) + sum(bad_believed) + sum(unknown) + sum(open), sum(healed), sum(unknown), sum(open)),
            ('human', sum(human_recoveries), sum(human_healed), sum(human_unknown), sum(human_open))
        ]) AS part
    FROM known_sums(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
    GROUP BY of_environment, of_service
)
WHERE part.3 > 0;

CREATE OR REPLACE VIEW kpi_cost AS
SELECT
    of_environment,
    of_service,
    'automation_cost' AS name,
    part.1 AS of,
    'seconds' AS unit,
    toFloat64(if(part.2 > 0, part.3 / 1000000, NULL)) AS value,
    toFloat64(NULL) AS low,
    toFloat64(NULL) AS high,
    toFloat64(part.2) AS numerator,
    toFloat64(total) AS denominator,
    toUInt64(total - part.2 - part.4) AS unknown,
    toUInt64(part.4) AS open
FROM
(
    SELECT
        if({per_service:UInt8} = 1, environment, '') AS of_environment,
    if({per_service:UInt8} = 1, service, '') AS of_service,
        sum(good_verified) + sum(good_believed) + sum(bad_verified) + sum(bad_believed) + sum(unknown) + sum(open) AS total,
        arrayJoin
        ([
            ('seconds', sum(timed), sum(spent_time), sum(timeless_open)),
            ('replica seconds', sum(sized), sum(spent_replica_time), sum(sizeless_open))
        ]) AS part
    FROM known_sums(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
    GROUP BY of_environment, of_service
    HAVING sum(healed) > 0
);

CREATE OR REPLACE VIEW kpi_ineffective AS
WITH
    (k, n) -> if(n > 0, greatest(0., (k / n + 3.8414588206941254 / n / 2) / (1 + 3.8414588206941254 / n) - 1.959963984540054 * sqrt(k / n * (1 - k / n) / n + 3.8414588206941254 / n / (4 * n)) / (1 + 3.8414588206941254 / n)), NULL) AS wilson_low,
    (k, n) -> if(n > 0, least(1., (k / n + 3.8414588206941254 / n / 2) / (1 + 3.8414588206941254 / n) + 1.959963984540054 * sqrt(k / n * (1 - k / n) / n + 3.8414588206941254 / n / (4 * n)) / (1 + 3.8414588206941254 / n)), NULL) AS wilson_high
SELECT
    if({per_service:UInt8} = 1, environment, '') AS of_environment,
    if({per_service:UInt8} = 1, service, '') AS of_service,
    'ineffective' AS name,
    policy AS of,
    'share' AS unit,
    toFloat64(if(known > 0, bad_ones / known, NULL)) AS value,
    toFloat64(wilson_low(bad_ones, known)) AS low,
    toFloat64(wilson_high(bad_ones, known)) AS high,
    toFloat64(bad_ones) AS numerator,
    toFloat64(known) AS denominator,
    toUInt64(sum(sums.unknown)) AS unknown,
    toUInt64(sum(sums.open)) AS open,
    sum(ineffective) AS bad_ones,
    sum(good_verified) + sum(good_believed) + sum(bad_verified) + sum(bad_believed) AS known
FROM known_sums(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String}) AS sums
WHERE policy != ''
GROUP BY of_environment, of_service, policy
HAVING sum(healed) > 0;

CREATE OR REPLACE VIEW kpi_unnecessary AS
WITH
    (k, n) -> if(n > 0, greatest(0., (k / n + 3.8414588206941254 / n / 2) / (1 + 3.8414588206941254 / n) - 1.959963984540054 * sqrt(k / n * (1 - k / n) / n + 3.8414588206941254 / n / (4 * n)) / (1 + 3.8414588206941254 / n)), NULL) AS wilson_low,
    (k, n) -> if(n > 0, least(1., (k / n + 3.8414588206941254 / n / 2) / (1 + 3.8414588206941254 / n) + 1.959963984540054 * sqrt(k / n * (1 - k / n) / n + 3.8414588206941254 / n / (4 * n)) / (1 + 3.8414588206941254 / n)), NULL) AS wilson_high
SELECT
    if({per_service:UInt8} = 1, environment, '') AS of_environment,
    if({per_service:UInt8} = 1, service, '') AS of_service,
    'unnecessary' AS name,
    policy AS of,
    'share' AS unit,
    toFloat64(if(known > 0, bad_ones / known, NULL)) AS value,
    toFloat64(wilson_low(bad_ones, known)) AS low,
    toFloat64(wilson_high(bad_ones, known)) AS high,
    toFloat64(bad_ones) AS numerator,
    toFloat64(known) AS denominator,
    toUInt64(sum(weighed_unknown)) AS unknown,
    toUInt64(sum(weighed_open)) AS open,
    sum(unneeded) AS bad_ones,
    sum(weighed) AS known
FROM known_sums(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
WHERE policy != ''
GROUP BY of_environment, of_service, policy
HAVING sum(judged) > 0;

CREATE OR REPLACE VIEW kpi_autonomy AS
WITH
    (k, n) -> if(n > 0, greatest(0., (k / n + 3.8414588206941254 / n / 2) / (1 + 3.8414588206941254 / n) - 1.959963984540054 * sqrt(k / n * (1 - k / n) / n + 3.8414588206941254 / n / (4 * n)) / (1 + 3.8414588206941254 / n)), NULL) AS wilson_low,
    (k, n) -> if(n > 0, least(1., (k / n + 3.8414588206941254 / n / 2) / (1 + 3.8414588206941254 / n) + 1.959963984540054 * sqrt(k / n * (1 - k / n) / n + 3.8414588206941254 / n / (4 * n)) / (1 + 3.8414588206941254 / n)), NULL) AS wilson_high
SELECT
    of_environment,
    of_service,
    'autonomy' AS name,
    if(level < 0, 'unknown', toString(level)) AS of,
    'share' AS unit,
    toFloat64(if(total > 0, at_level / total, NULL)) AS value,
    toFloat64(wilson_low(at_level, total)) AS low,
    toFloat64(wilson_high(at_level, total)) AS high,
    toFloat64(at_level) AS numerator,
    toFloat64(total) AS denominator,
    toUInt64(0) AS unknown,
    toUInt64(0) AS open,
    level
FROM
(
    SELECT of_environment, of_service, level, at_level, sum(at_level) OVER (PARTITION BY of_environment, of_service) AS total
    FROM
    (
        SELECT
            if({per_service:UInt8} = 1, environment, '') AS of_environment,
    if({per_service:UInt8} = 1, service, '') AS of_service,
            autonomy AS level,
            sum(actions) AS at_level
        FROM known_sums(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
        GROUP BY of_environment, of_service, level
        HAVING at_level > 0
    )
);

CREATE OR REPLACE VIEW kpi_autonomy_time AS
SELECT
    if({per_service:UInt8} = 1, environment, '') AS of_environment,
    if({per_service:UInt8} = 1, service, '') AS of_service,
    'autonomy_time' AS name,
    if(level < 0, 'unknown', toString(level)) AS of,
    'seconds' AS unit,
    toFloat64(sum(held) / 1000000) AS value,
    toFloat64(NULL) AS low,
    toFloat64(NULL) AS high,
    toFloat64(sum(held) / 1000000) AS numerator,
    toFloat64(uniqExact(environment, service, agent)) AS denominator,
    toUInt64(0) AS unknown,
    toUInt64(0) AS open
FROM
(
    SELECT environment, service, agent, arrayJoin(spans) AS span, span.1 AS level, span.2 AS held
    FROM
    (
        SELECT
            environment,
            service,
            agent,
            least({end:Int64}, {as_of:Int64}) AS until,
            min(at) AS first,
            min(autonomy) AS lowest,
            max(autonomy) AS highest,
            if(lowest = highest, [], arraySort(groupArray((at, seq, autonomy)))) AS points,
            if(lowest = highest, [(lowest, until - first)], arrayMap((one, next) -> (one.3, next - one.1), points, arrayPushBack(arrayMap(one -> one.1, arrayPopFront(points)), until))) AS spans
        FROM known_levels(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
        GROUP BY environment, service, agent
    )
)
GROUP BY of_environment, of_service, level;

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

-- Actions as they stand, each once, of which one is looked for by the moment it began: start ≤ at <
-- end, microseconds UTC. Only what had happened by as_of is known. '' is every service, or every
-- environment; a short name is that of every service that ends so. Events of an action count from
-- three days before the span to three days after it. Drills are not among them. Of the whole hours
-- before `settled` only the services that kpi_unsettled names are looked at (0: all of everything);
-- where little is left, only the actions are read that can lie in it.
CREATE OR REPLACE VIEW actions_within AS
WITH
    intDiv({start:Int64} + 3599999999, 3600000000) * 3600000000 AS whole_from,
    intDiv(least({end:Int64}, {settled:Int64}), 3600000000) * 3600000000 AS whole_until,
    if(whole_until > whole_from, whole_from, {start:Int64}) AS first_hour,
    if(whole_until > whole_from, whole_until, {start:Int64}) AS last_hour,
    {end:Int64} - last_hour + first_hour - {start:Int64} > 345600000000 AS is_wide
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
    FROM action_facts
    WHERE time >= fromUnixTimestamp64Micro(greatest({start:Int64}, 259200000000) - 259200000000, 'UTC')
        AND time < fromUnixTimestamp64Micro({end:Int64} + 259200000000, 'UTC')
        AND time <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
        AND ({environment:String} = '' OR environment = {environment:String})
        AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
        AND
        (
            last_hour = first_hour
            OR first_hour > {start:Int64} AND time < fromUnixTimestamp64Micro(first_hour + 259200000000, 'UTC')
            OR time >= fromUnixTimestamp64Micro(greatest(last_hour, 259200000000) - 259200000000, 'UTC')
            OR (environment, service) IN (SELECT environment, service FROM kpi_touched WHERE touched_at >= (SELECT argMax(trusted_from, settled_at) FROM kpi_settlings))
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
                        OR rank = 5 AND first_hour > {start:Int64} AND time < fromUnixTimestamp64Micro(first_hour + 259200000000, 'UTC') AND toUnixTimestamp64Micro(time) - ifNull(duration, 0) < first_hour
                        OR time >= fromUnixTimestamp64Micro(last_hour, 'UTC') AND (time < fromUnixTimestamp64Micro({end:Int64}, 'UTC') OR rank = 5 AND toUnixTimestamp64Micro(time) - ifNull(duration, 0) < {end:Int64})
                        OR last_hour > first_hour AND (environment, service) IN (SELECT environment, service FROM kpi_touched WHERE touched_at >= (SELECT argMax(trusted_from, settled_at) FROM kpi_settlings))
                    )
            )
        )
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

CREATE OR REPLACE VIEW known_actions AS
SELECT *
FROM actions_within(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String}, settled = 0);

-- What the three tables hold of a span, in their shape, as far as actions_within has it.
CREATE OR REPLACE VIEW live_parts AS
SELECT
    environment,
    service,
    toDateTime(intDiv(began, 3600000000) * 3600, 'UTC') AS hour,
    human,
    recovery,
    turned_down,
    begun,
    verified,
    is_over,
    outcome,
    policy,
    autonomy,
    count() AS actions,
    sum(occurrences) AS count,
    sum(greatest(occurrences, 1)) AS weight,
    sumIf(occurrences, isNotNull(lasted)) AS timed,
    sum(ifNull(occurrences * toFloat64(lasted), 0)) AS spent_time,
    sumIf(occurrences, isNotNull(lasted * size)) AS sized,
    sum(ifNull(occurrences * (lasted * size), 0)) AS spent_replica_time
FROM
(
    SELECT
        environment, service, at AS began, human, is_recovery AS recovery, unneeded AND NOT is_over AS turned_down, was_begun AS begun,
        verified, is_over, outcome, policy, autonomy, count AS occurrences, duration AS lasted, replicas AS size
    FROM actions_within(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String}, settled = {settled:Int64})
)
GROUP BY environment, service, hour, human, recovery, turned_down, begun, verified, is_over, outcome, policy, autonomy;

CREATE OR REPLACE VIEW live_runs AS
SELECT
    environment,
    service,
    toDateTime(intDiv(min(at), 3600000000) * 3600, 'UTC') AS hour,
    human,
    min(at) AS first_at,
    max(at) AS last_at,
    count() AS actions,
    sum(count) AS recoveries,
    argMax(last_outcome, (at, action_id)) AS outcome,
    argMax(over_at, (at, action_id)) AS ended_at
FROM
(
    SELECT
        *,
        sum(opens) OVER (PARTITION BY environment, service, human ORDER BY at, action_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS number
    FROM
    (
        SELECT
            environment, service, human, at, action_id, count, outcome AS last_outcome, ifNull(ended_at, at) AS over_at,
            lagInFrame(at, 1, -900000000) OVER (PARTITION BY environment, service, human ORDER BY at, action_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS before,
            at - before >= 900000000 OR intDiv(at, 3600000000) != intDiv(before, 3600000000) AS opens
        FROM actions_within(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String}, settled = {settled:Int64})
        WHERE is_recovery
    )
)
GROUP BY environment, service, human, number;

CREATE OR REPLACE VIEW live_levels AS
SELECT environment, service, toDateTime(intDiv(at, 3600000000) * 3600, 'UTC') AS hour, agent, autonomy, at, seq
FROM
(
    SELECT
        environment, service, agent, autonomy, at,
        lagInFrame(toInt16(autonomy), 1, -2) OVER actions_of AS level_before,
        lagInFrame(at, 1, -1) OVER actions_of AS before,
        row_number() OVER actions_of AS seq
    FROM actions_within(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String}, settled = {settled:Int64})
    WHERE NOT human AND was_begun
    WINDOW actions_of AS (PARTITION BY environment, service, agent ORDER BY at, action_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
WHERE level_before != autonomy OR intDiv(at, 3600000000) != intDiv(before, 3600000000);

-- The same of all actions of a span, settled or not: what the KPIs are made of.
CREATE OR REPLACE VIEW known_parts AS
SELECT *
FROM
(
    SELECT environment, service, human, recovery, turned_down, begun, verified, is_over, outcome, policy, autonomy, actions, count, weight, timed, spent_time, sized, spent_replica_time
    FROM kpi_parts FINAL
    ARRAY JOIN human, recovery, turned_down, begun, verified, is_over, outcome, policy, autonomy, actions, count, weight, timed, spent_time, sized, spent_replica_time
    WHERE hour >= fromUnixTimestamp64Micro(intDiv({start:Int64} + 3599999999, 3600000000) * 3600000000, 'UTC')
        AND hour < fromUnixTimestamp64Micro(intDiv(least({end:Int64}, (SELECT if({as_of:Int64} >= toUnixTimestamp64Micro(max(settled_at)), toUnixTimestamp64Micro(argMax(until, settled_at)), 0) FROM kpi_settlings)), 3600000000) * 3600000000, 'UTC')
        AND ({environment:String} = '' OR environment = {environment:String})
        AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
        AND (environment, service) NOT IN (SELECT environment, service FROM kpi_touched WHERE touched_at >= (SELECT argMax(trusted_from, settled_at) FROM kpi_settlings))
)
UNION ALL
SELECT environment, service, human, recovery, turned_down, begun, verified, is_over, outcome, policy, autonomy, actions, count, weight, timed, spent_time, sized, spent_replica_time
FROM live_parts(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String}, settled = (SELECT if({as_of:Int64} >= toUnixTimestamp64Micro(max(settled_at)), toUnixTimestamp64Micro(argMax(until, settled_at)), 0) FROM kpi_settlings));

CREATE OR REPLACE VIEW known_runs AS
SELECT *
FROM
(
    SELECT environment, service, human, first_at, last_at, actions, recoveries, outcome, ended_at
    FROM kpi_runs FINAL
    ARRAY JOIN human, first_at, last_at, actions, recoveries, outcome, ended_at
    WHERE hour >= fromUnixTimestamp64Micro(intDiv({start:Int64} + 3599999999, 3600000000) * 3600000000, 'UTC')
        AND hour < fromUnixTimestamp64Micro(intDiv(least({end:Int64}, (SELECT if({as_of:Int64} >= toUnixTimestamp64Micro(max(settled_at)), toUnixTimestamp64Micro(argMax(until, settled_at)), 0) FROM kpi_settlings)), 3600000000) * 3600000000, 'UTC')
        AND ({environment:String} = '' OR environment = {environment:String})
        AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
        AND (environment, service) NOT IN (SELECT environment, service FROM kpi_touched WHERE touched_at >= (SELECT argMax(trusted_from, settled_at) FROM kpi_settlings))
)
UNION ALL
SELECT environment, service, human, first_at, last_at, actions, recoveries, outcome, ended_at
FROM live_runs(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String}, settled = (SELECT if({as_of:Int64} >= toUnixTimestamp64Micro(max(settled_at)), toUnixTimestamp64Micro(argMax(until, settled_at)), 0) FROM kpi_settlings));

CREATE OR REPLACE VIEW known_levels AS
SELECT *
FROM
(
    SELECT environment, service, agent, autonomy, at, seq
    FROM kpi_levels FINAL
    ARRAY JOIN agent, autonomy, at, seq
    WHERE hour >= fromUnixTimestamp64Micro(intDiv({start:Int64} + 3599999999, 3600000000) * 3600000000, 'UTC')
        AND hour < fromUnixTimestamp64Micro(intDiv(least({end:Int64}, (SELECT if({as_of:Int64} >= toUnixTimestamp64Micro(max(settled_at)), toUnixTimestamp64Micro(argMax(until, settled_at)), 0) FROM kpi_settlings)), 3600000000) * 3600000000, 'UTC')
        AND ({environment:String} = '' OR environment = {environment:String})
        AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
        AND (environment, service) NOT IN (SELECT environment, service FROM kpi_touched WHERE touched_at >= (SELECT argMax(trusted_from, settled_at) FROM kpi_settlings))
)
UNION ALL
SELECT environment, service, agent, autonomy, at, seq
FROM live_levels(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String}, settled = (SELECT if({as_of:Int64} >= toUnixTimestamp64Micro(max(settled_at)), toUnixTimestamp64Micro(argMax(until, settled_at)), 0) FROM kpi_settlings));

-- Recoveries of a service closer together than 15 minutes, those by people apart; of which one is
-- looked for by the moment it began.
CREATE OR REPLACE VIEW known_episodes AS
SELECT
    environment,
    service,
    human,
    min(first_at) AS started_at,
    max(ends) AS last_at,
    sum(counted) AS recoveries,
    sum(acts) AS actions,
    argMax(last_outcome, first_at) AS outcome,
    greatest(argMax(over_at, first_at), last_at) AS recovered_at,
    outcome = 'succeeded' AS recovered,
    outcome = '' AS outcome_unknown,
    last_at + 900000000 > {as_of:Int64} OR recovered AND recovered_at + 900000000 > {as_of:Int64} AS is_open
FROM
(
    SELECT
        *,
        sum(opens) OVER (PARTITION BY environment, service, human ORDER BY first_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS number
    FROM
    (
        SELECT
            environment, service, human, first_at, last_at AS ends, recoveries AS counted, actions AS acts, outcome AS last_outcome, ended_at AS over_at,
            first_at - lagInFrame(last_at, 1, -900000000) OVER (PARTITION BY environment, service, human ORDER BY first_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) >= 900000000 AS opens
        FROM known_runs(start = {start:Int64} - 3600000000, end = {end:Int64} + 86400000000, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
    )
)
GROUP BY environment, service, human, number
HAVING started_at >= {start:Int64} AND started_at < {end:Int64};

-- What was felt and told near a span: by a service itself, and by users of one that depends on it, by
-- the catalog that held then (before the first one: by the first). Names in it may be short.
CREATE OR REPLACE VIEW signals_near AS
WITH
    felt_ones AS
    (
        SELECT environment, service, toUnixTimestamp64Micro(time) AS at
        FROM signal_facts
        WHERE felt AND drill = '' AND service != '' AND (SELECT count() FROM kpi_needs) > 0
            AND time >= fromUnixTimestamp64Micro(greatest({start:Int64}, 900000000) - 900000000, 'UTC')
            AND time < fromUnixTimestamp64Micro({end:Int64} + 2 * 86400000000, 'UTC')
            AND time <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
    ),
    catalogs AS
    (
        SELECT
            holds_from,
            if(row_number() OVER in_order = 1, 0, toUnixTimestamp64Micro(holds_from)) AS held_from,
            leadInFrame(toUnixTimestamp64Micro(holds_from), 1, 9223372036854775807) OVER in_order AS held_until
        FROM (SELECT DISTINCT holds_from FROM kpi_needs WHERE holds_from <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC'))
        WINDOW in_order AS (ORDER BY holds_from ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    )
SELECT environment, service, kind, felt, told, ours, toUnixTimestamp64Micro(time) AS at
FROM signal_facts
WHERE drill = '' AND service != ''
    AND time >= fromUnixTimestamp64Micro(greatest({start:Int64}, 900000000) - 900000000, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64} + 2 * 86400000000, 'UTC')
    AND time <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
UNION ALL
SELECT DISTINCT through.environment, seen.service, 'through', true, false, false, through.at
FROM
(
    SELECT felt_one.environment AS environment, felt_one.at AS at, arrayJoin(argMax(need.needs, length(need.service))) AS name
    FROM (SELECT *, arrayJoin(arrayDistinct([toString(service), splitByChar('/', toString(service))[-1]])) AS name FROM felt_ones) AS felt_one
    INNER JOIN (SELECT toString(service) AS service, needs, held_from, held_until FROM kpi_needs FINAL INNER JOIN catalogs USING (holds_from)) AS need ON need.service = felt_one.name
    WHERE felt_one.at >= need.held_from AND felt_one.at < need.held_until
    GROUP BY felt_one.environment, felt_one.service, felt_one.at
) AS through
INNER JOIN
(
    SELECT DISTINCT environment, service, arrayJoin([toString(service), splitByChar('/', toString(service))[-1]]) AS name
    FROM action_facts
    WHERE (SELECT count() FROM kpi_needs) > 0
        AND time >= fromUnixTimestamp64Micro(greatest({start:Int64}, 259200000000) - 259200000000, 'UTC')
        AND time < fromUnixTimestamp64Micro({end:Int64} + 259200000000, 'UTC')
) AS seen ON seen.environment = through.environment AND seen.name = through.name
WHERE seen.service != '';

-- Episodes with what users felt and people were told. Alerts are connected where one came in the 30
-- days before.
CREATE OR REPLACE VIEW incidents AS
WITH
    alerts AS
    (
        SELECT environment, groupArray(first) AS firsts
        FROM
        (
            SELECT environment, toUnixTimestamp64Micro(min(time)) AS first
            FROM signal_facts
            WHERE kind IN ('alert', 'page') AND NOT ours AND drill = ''
                AND time >= fromUnixTimestamp64Micro(greatest({start:Int64}, 2678400000000) - 2678400000000, 'UTC')
                AND time < fromUnixTimestamp64Micro({end:Int64} + 86400000000, 'UTC')
                AND time <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
            GROUP BY environment, toDate(time)
        )
        GROUP BY environment
    ),
    near AS
    (
        SELECT
            episode.environment AS environment,
            episode.service AS service,
            episode.human AS human,
            episode.started_at AS started_at,
            any(episode.last_at) AS last_at,
            any(episode.recoveries) AS recoveries,
            any(episode.actions) AS actions,
            any(episode.recovered) AS recovered,
            any(episode.outcome_unknown) AS outcome_unknown,
            any(episode.is_open) AS is_open,
            any(episode.recovered_at) AS recovered_at,
            countIf(signal.is_there AND signal.at >= episode.started_at - 900000000 AND signal.at <= episode.started_at AND (signal.felt OR signal.kind = 'symptom')) > 0 AS has_symptom,
            minIf(signal.at, signal.is_there AND signal.at >= episode.started_at - 900000000 AND signal.at <= episode.started_at AND (signal.felt OR signal.kind = 'symptom')) AS first_symptom,
            countIf(signal.felt AND signal.at >= episode.started_at - 900000000 AND signal.at <= episode.recovered_at + 900000000) > 0 AS felt,
            maxIf(signal.at, signal.told AND NOT signal.ours AND signal.at <= episode.recovered_at + 900000000) AS last_told,
            countIf(signal.told AND signal.ours AND signal.at >= episode.started_at - 900000000 AND signal.at <= episode.recovered_at + 900000000) > 0 AS told_by_us
        FROM
        (
            SELECT *, arrayJoin(range(toUInt64(intDiv(greatest(started_at, 900000000) - 900000000, 3600000000)), toUInt64(intDiv(greatest(recovered_at + 900000000, 0), 3600000000) + 1))) AS bucket
            FROM known_episodes(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
        ) AS episode
        LEFT JOIN
        (
            SELECT *, true AS is_there, toUInt64(intDiv(at, 3600000000)) AS bucket
            FROM signals_near(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64})
        ) AS signal
            ON signal.environment = episode.environment AND signal.service = episode.service AND signal.bucket = episode.bucket
        GROUP BY environment, service, human, started_at
    )
SELECT
    near.environment AS environment,
    near.service AS service,
    near.human AS human,
    near.started_at AS started_at,
    near.last_at AS last_at,
    near.recoveries AS recoveries,
    near.actions AS actions,
    near.recovered AS recovered,
    near.outcome_unknown AS outcome_unknown,
    near.recovered_at AS recovered_at,
    near.is_open AS is_open,
    near.felt AS felt,
    if(near.has_symptom, near.first_symptom, NULL) AS symptom_at,
    ifNull(symptom_at, near.started_at) AS since,
    near.last_told >= since AND near.last_told != 0 AS told,
    near.told_by_us AS told_by_us,
    told OR arrayExists(at -> at <= since AND at > since - 2592000000000, alerts.firsts) AS connected,
    felt AND recovered AND connected AND NOT told AND NOT is_open AS hidden
FROM near
LEFT JOIN alerts ON alerts.environment = near.environment;

-- Of each KPI one view, as before: a row for everything, or for each service where per_service = 1,
-- and for what `of` names. An empty denominator makes value and bounds NULL. Bounds are Wilson's at 95 %.

CREATE OR REPLACE VIEW kpi_auto_recovery_success AS
WITH
    (k, n) -> if(n > 0, greatest(0., (k / n + 3.8414588206941254 / n / 2) / (1 + 3.8414588206941254 / n) - 1.959963984540054 * sqrt(k / n * (1 - k / n) / n + 3.8414588206941254 / n / (4 * n)) / (1 + 3.8414588206941254 / n)), NULL) AS wilson_low,
    (k, n) -> if(n > 0, least(1., (k / n + 3.8414588206941254 / n / 2) / (1 + 3.8414588206941254 / n) + 1.959963984540054 * sqrt(k / n * (1 - k / n) / n + 3.8414588206941254 / n / (4 * n)) / (1 + 3.8414588206941254 / n)), NULL) AS wilson_high
SELECT
    if({per_service:UInt8} = 1, environment, '') AS of_environment,
    if({per_service:UInt8} = 1, service, '') AS of_service,
    'auto_recovery_success' AS name,
    part AS of,
    'share' AS unit,
    toFloat64(if((succeeded + failed) > 0, succeeded / (succeeded + failed), NULL)) AS value,
    toFloat64(wilson_low(succeeded, (succeeded + failed))) AS low,
    toFloat64(wilson_high(succeeded, (succeeded + failed))) AS high,
    toFloat64(succeeded) AS numerator,
    toFloat64((succeeded + failed)) AS denominator,
    toUInt64(sumIf(count, outcome = '' AND is_over)) AS unknown,
    toUInt64(sumIf(count, outcome = '' AND NOT is_over)) AS open,
    sumIf(count, outcome = 'succeeded') AS succeeded,
    sumIf(count, outcome NOT IN ('', 'succeeded')) AS failed
FROM
(
    SELECT *, arrayJoin(if(outcome = '', ['', 'verified', 'believed'], ['', if(verified, 'verified', 'believed')])) AS part
    FROM known_parts(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
    WHERE recovery AND NOT human
)
GROUP BY of_environment, of_service, part;

CREATE OR REPLACE VIEW kpi_recovery_frequency AS
SELECT
    if({per_service:UInt8} = 1, environment, '') AS of_environment,
    if({per_service:UInt8} = 1, service, '') AS of_service,
    'recoveries' AS name,
    if(human, 'human', '') AS of,
    'recoveries' AS unit,
    toFloat64(sum(count)) AS value,
    toFloat64(NULL) AS low,
    toFloat64(NULL) AS high,
    toFloat64(sum(count)) AS numerator,
    toFloat64(sum(actions)) AS denominator,
    toUInt64(sumIf(count, outcome = '' AND is_over)) AS unknown,
    toUInt64(sumIf(count, outcome = '' AND NOT is_over)) AS open
FROM known_parts(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
WHERE recovery
GROUP BY of_environment, of_service, human;

CREATE OR REPLACE VIEW kpi_episodes AS
SELECT
    if({per_service:UInt8} = 1, environment, '') AS of_environment,
    if({per_service:UInt8} = 1, service, '') AS of_service,
    'episodes' AS name,
    if(human, 'human', '') AS of,
    'episodes' AS unit,
    toFloat64(count()) AS value,
    toFloat64(NULL) AS low,
    toFloat64(NULL) AS high,
    toFloat64(count()) AS numerator,
    toFloat64(sum(recoveries)) AS denominator,
    toUInt64(countIf(outcome_unknown)) AS unknown,
    toUInt64(countIf(is_open)) AS open
FROM known_episodes(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
GROUP BY of_environment, of_service, human;

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
    toFloat64(if(known > 0, ineffective_ones / known, NULL)) AS value,
    toFloat64(wilson_low(ineffective_ones, known)) AS low,
    toFloat64(wilson_high(ineffective_ones, known)) AS high,
    toFloat64(ineffective_ones) AS numerator,
    toFloat64(known) AS denominator,
    toUInt64(sumIf(count, outcome = '' AND is_over)) AS unknown,
    toUInt64(sumIf(count, outcome = '' AND NOT is_over)) AS open,
    sumIf(count, outcome = 'ineffective') AS ineffective_ones,
    sumIf(count, outcome != '') AS known
FROM known_parts(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
WHERE recovery AND NOT human AND policy != ''
GROUP BY of_environment, of_service, policy;

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
    toFloat64(if(known > 0, unneeded_ones / known, NULL)) AS value,
    toFloat64(wilson_low(unneeded_ones, known)) AS low,
    toFloat64(wilson_high(unneeded_ones, known)) AS high,
    toFloat64(unneeded_ones) AS numerator,
    toFloat64(known) AS denominator,
    toUInt64(sumIf(weight, outcome = '' AND is_over AND NOT turned_down)) AS unknown,
    toUInt64(sumIf(weight, outcome = '' AND NOT is_over AND NOT turned_down)) AS open,
    sumIf(weight, outcome = 'unnecessary' OR turned_down) AS unneeded_ones,
    sumIf(weight, outcome != '' OR turned_down) AS known
FROM known_parts(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
WHERE policy != '' AND NOT human AND (recovery OR turned_down)
GROUP BY of_environment, of_service, policy;

CREATE OR REPLACE VIEW kpi_autonomy AS
WITH
    (k, n) -> if(n > 0, greatest(0., (k / n + 3.8414588206941254 / n / 2) / (1 + 3.8414588206941254 / n) - 1.959963984540054 * sqrt(k / n * (1 - k / n) / n + 3.8414588206941254 / n / (4 * n)) / (1 + 3.8414588206941254 / n)), NULL) AS wilson_low,
    (k, n) -> if(n > 0, least(1., (k / n + 3.8414588206941254 / n / 2) / (1 + 3.8414588206941254 / n) + 1.959963984540054 * sqrt(k / n * (1 - k / n) / n + 3.8414588206941254 / n / (4 * n)) / (1 + 3.8414588206941254 / n)), NULL) AS wilson_high
SELECT
    if({per_service:UInt8} = 1, environment, '') AS of_environment,
    if({per_service:UInt8} = 1, service, '') AS of_service,
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
    SELECT of_environment AS environment, of_service AS service, level, at_level, sum(at_level) OVER (PARTITION BY of_environment, of_service) AS total
    FROM
    (
        SELECT
            if({per_service:UInt8} = 1, environment, '') AS of_environment,
    if({per_service:UInt8} = 1, service, '') AS of_service,
    autonomy AS level,
            sum(actions) AS at_level
        FROM known_parts(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
        WHERE NOT human AND begun
        GROUP BY of_environment, of_service, level
    )
);

CREATE OR REPLACE VIEW kpi_autonomy_time AS
SELECT
    if({per_service:UInt8} = 1, environment, '') AS of_environment,
    if({per_service:UInt8} = 1, service, '') AS of_service,
    'autonomy_time' AS name,
    if(autonomy < 0, 'unknown', toString(autonomy)) AS of,
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
    SELECT
        environment, service, agent, autonomy,
        leadInFrame(at, 1, least({end:Int64}, {as_of:Int64})) OVER (PARTITION BY environment, service, agent ORDER BY at, seq ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) - at AS held
    FROM known_levels(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
)
GROUP BY of_environment, of_service, autonomy;

CREATE OR REPLACE VIEW kpi_cost AS
SELECT
    if({per_service:UInt8} = 1, environment, '') AS of_environment,
    if({per_service:UInt8} = 1, service, '') AS of_service,
    'automation_cost' AS name,
    measure AS of,
    'seconds' AS unit,
    toFloat64(if(known > 0, spent / 1000000, NULL)) AS value,
    toFloat64(NULL) AS low,
    toFloat64(NULL) AS high,
    toFloat64(known) AS numerator,
    toFloat64(sum(count)) AS denominator,
    toUInt64(sumIf(count - measured, is_over)) AS unknown,
    toUInt64(sumIf(count - measured, NOT is_over)) AS open,
    sum(measured) AS known,
    sum(cost) AS spent
FROM
(
    SELECT *, arrayJoin(['seconds', 'replica seconds']) AS measure, if(measure = 'seconds', timed, sized) AS measured, if(measure = 'seconds', spent_time, spent_replica_time) AS cost
    FROM known_parts(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
    WHERE recovery AND NOT human
)
GROUP BY of_environment, of_service, measure;

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

-- In microseconds UTC: until when the settled episodes may be read (0: never, as where other catalogs
-- hold than those that they were felt through), from when on not those of kpi_loose_services, and since
-- when what came made these loose. The second is five days before anything that came: an episode's
-- first recovery lies at most a day before its last, and three more before what is told of that one.
CREATE OR REPLACE VIEW kpi_episode_bounds AS
SELECT [until, loose_from, trusted] AS bounds, arrayFilter(one -> one < {as_of:Int64} OR one = known[1], known) AS catalogs
FROM
(
    SELECT
        (SELECT arraySort(groupUniqArray(toUnixTimestamp64Micro(holds_from))) FROM kpi_needs WHERE holds_from <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')) AS known,
        toUnixTimestamp64Micro(max(settled_at)) AS settled,
        toUnixTimestamp64Micro(argMax(trusted_from, settled_at)) AS trusted,
        {as_of:Int64} >= settled AND arrayFilter(one -> one < settled OR one = known[1], known) = argMax(kpi_episode_settlings.catalogs, settled_at) AS holds,
        if(holds, toUnixTimestamp64Micro(argMax(kpi_episode_settlings.until, settled_at)), 0) AS until
    FROM kpi_episode_settlings
) AS settling
CROSS JOIN
(
    SELECT intDiv(greatest(min(came), 432000000000) - 432000000000, 86400000000) * 86400000000 AS loose_from
    FROM
    (
        SELECT toInt64(4102444800000000) AS came
        UNION ALL
        SELECT toUnixTimestamp64Micro(since) FROM kpi_loose WHERE touched_at >= (SELECT argMax(trusted_from, settled_at) FROM kpi_episode_settlings)
        UNION ALL
        SELECT toUnixTimestamp64Micro(since) FROM kpi_touched WHERE touched_at >= (SELECT argMax(trusted_from, settled_at) FROM kpi_episode_settlings)
    )
) AS came;

-- Recoveries of a service closer together than 15 minutes, those by people apart, for a day after the
-- first: of which one is looked for by the moment it began, start ≤ started_at < end; those of
-- kpi_loose_services from `since` on, those of all from `until` on. With what users felt and people
-- were told, by the service itself and by users of one that depends on it, by the catalog that held
-- then (before the first one: by the first). Names in it may be short.
CREATE OR REPLACE VIEW live_episodes AS
WITH
    {since:Int64} AS live_since,
    {until:Int64} AS live_until,
    if(live_since < live_until OR live_until >= {end:Int64}, intDiv(live_since - 900000000, 3600000000) * 3600000000, live_since - 900000000) AS looked_from,
    {end:Int64} + 86400000000 AS looked_to,
    if(live_until < {end:Int64}, live_until - 900000000, looked_to) AS looked_at_all_from,
    catalogs AS
    (
        SELECT
            holds_from,
            if(row_number() OVER in_order = 1, 0, toUnixTimestamp64Micro(holds_from)) AS held_from,
            leadInFrame(toUnixTimestamp64Micro(holds_from), 1, 9223372036854775807) OVER in_order AS held_until
        FROM (SELECT DISTINCT holds_from FROM kpi_needs WHERE holds_from <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC'))
        WINDOW in_order AS (ORDER BY holds_from ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    ),
    episode AS
    (
        SELECT
            environment,
            service,
            human,
            started_at,
            max(at) AS last_at,
            sum(count) AS recoveries,
            argMax(outcome, (at, action_id)) AS last_outcome,
            greatest(argMax(ifNull(ended_at, at), (at, action_id)), last_at) AS recovered_at,
            last_outcome = 'succeeded' AS recovered
        FROM
        (
            SELECT
                *,
                max(if(opens, at, -1)) OVER (PARTITION BY environment, service, human ORDER BY at, action_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS started_at
            FROM
            (
                SELECT
                    environment, service, human, at, action_id, count, outcome, ended_at,
                    at - lagInFrame(at, 1, -900000000) OVER (PARTITION BY environment, service, human ORDER BY at, action_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) >= 900000000 AS opens
                FROM
                (
                    WITH
                        intDiv(looked_from + 3599999999, 3600000000) * 3600000000 AS whole_from,
                        if(looked_to < looked_at_all_from, intDiv(looked_to, 3600000000) * 3600000000, looked_at_all_from) AS whole_until,
                        if(whole_until > whole_from, whole_from, looked_from) AS first_hour,
                        if(whole_until > whole_from, whole_until, looked_from) AS last_hour,
                        looked_to - last_hour + first_hour - looked_from > 345600000000 AS is_wide,
                        toDateTime(intDiv(looked_from, 3600000000) * 3600, 'UTC') AS cut_hour,
                        greatest(looked_from - 259200000000, (SELECT if(count() = 0, 0, toUnixTimestamp64Micro(min(since))) FROM kpi_extents WHERE hour = cut_hour)) AS cut_from,
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
                            WHERE time >= fromUnixTimestamp64Micro(greatest(looked_from, 259200000000) - 259200000000, 'UTC')
                                AND time < fromUnixTimestamp64Micro(looked_to + 259200000000, 'UTC')
                                AND time <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
                                AND
                                (
                                    last_hour = first_hour
                                    OR first_hour > looked_from AND time >= fromUnixTimestamp64Micro(cut_from, 'UTC') AND time < fromUnixTimestamp64Micro(cut_until, 'UTC')
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
                                            AND time >= fromUnixTimestamp64Micro(looked_from, 'UTC')
                                            AND time < fromUnixTimestamp64Micro(looked_to + 259200000000, 'UTC')
                                            AND time <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
                                            AND ({environment:String} = '' OR environment = {environment:String})
                                            AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
                                            AND
                                            (
                                                time < fromUnixTimestamp64Micro(first_hour, 'UTC')
                                                OR rank = 5 AND first_hour > looked_from AND time < fromUnixTimestamp64Micro(cut_until, 'UTC') AND toUnixTimestamp64Micro(time) - ifNull(duration, 0) < first_hour
                                                OR time >= fromUnixTimestamp64Micro(last_hour, 'UTC') AND (time < fromUnixTimestamp64Micro(looked_to, 'UTC') OR rank = 5 AND toUnixTimestamp64Micro(time) - ifNull(duration, 0) < looked_to)
                                            )
                                    )
                                )
                                AND ({environment:String} = '' OR environment = {environment:String})
                                AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
                                AND (last_hour = first_hour OR (environment, service) NOT IN (SELECT environment, service FROM kpi_loose WHERE touched_at >= fromUnixTimestamp64Micro({trusted:Int64}, 'UTC') UNION ALL SELECT environment, service FROM kpi_loose_needed WHERE touched_at >= fromUnixTimestamp64Micro({trusted:Int64}, 'UTC') UNION ALL SELECT environment, service FROM kpi_touched WHERE touched_at >= fromUnixTimestamp64Micro({trusted:Int64}, 'UTC')))
                            UNION ALL
                            SELECT environment, service, time, action, rank, action_id, agent, agent_kind, type, policy, autonomy, recovery, drill, count, outcome, verified, duration, replicas, user_visible, unneeded
                            FROM action_facts
                            WHERE last_hour > first_hour
                                AND (environment, service) IN (SELECT environment, service FROM kpi_loose WHERE touched_at >= fromUnixTimestamp64Micro({trusted:Int64}, 'UTC') UNION ALL SELECT environment, service FROM kpi_loose_needed WHERE touched_at >= fromUnixTimestamp64Micro({trusted:Int64}, 'UTC') UNION ALL SELECT environment, service FROM kpi_touched WHERE touched_at >= fromUnixTimestamp64Micro({trusted:Int64}, 'UTC'))
                                AND time >= fromUnixTimestamp64Micro(greatest(looked_from, 259200000000) - 259200000000, 'UTC')
                                AND time < fromUnixTimestamp64Micro(looked_to + 259200000000, 'UTC')
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
                        AND action.at >= looked_from AND action.at < looked_to
                        AND (action.at < first_hour OR action.at >= last_hour OR (action.environment, action.service) IN (SELECT environment, service FROM kpi_loose WHERE touched_at >= fromUnixTimestamp64Micro({trusted:Int64}, 'UTC') UNION ALL SELECT environment, service FROM kpi_loose_needed WHERE touched_at >= fromUnixTimestamp64Micro({trusted:Int64}, 'UTC') UNION ALL SELECT environment, service FROM kpi_touched WHERE touched_at >= fromUnixTimestamp64Micro({trusted:Int64}, 'UTC')))
                )
                WHERE is_recovery
            )
        )
        WHERE at < started_at + 86400000000
        GROUP BY environment, service, human, started_at
        HAVING started_at >= live_since AND started_at < {end:Int64}
            AND (started_at >= live_until OR (environment, service) IN (SELECT environment, service FROM kpi_loose WHERE touched_at >= fromUnixTimestamp64Micro({trusted:Int64}, 'UTC') UNION ALL SELECT environment, service FROM kpi_loose_needed WHERE touched_at >= fromUnixTimestamp64Micro({trusted:Int64}, 'UTC') UNION ALL SELECT environment, service FROM kpi_touched WHERE touched_at >= fromUnixTimestamp64Micro({trusted:Int64}, 'UTC')))
    ),
    own AS
    (
        SELECT environment, service, kind, felt, told AND NOT ours AS told, toUnixTimestamp64Micro(time) AS at
        FROM signal_facts
        WHERE drill = '' AND service != ''
            AND time >= fromUnixTimestamp64Micro(greatest(live_since, 900000000) - 900000000, 'UTC')
            AND time < fromUnixTimestamp64Micro({end:Int64} + 432000000000, 'UTC')
            AND time <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
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
            any(episode.recovered) AS recovered,
            any(episode.last_outcome) AS last_outcome,
            any(episode.recovered_at) AS recovered_at,
            countIf(signal.at >= episode.started_at - 900000000 AND signal.at <= episode.started_at AND (signal.felt OR signal.kind = 'symptom')) > 0 AS seen,
            minIf(signal.at, signal.at >= episode.started_at - 900000000 AND signal.at <= episode.started_at AND (signal.felt OR signal.kind = 'symptom')) AS first_symptom,
            countIf(signal.felt AND signal.at >= episode.started_at - 900000000 AND signal.at <= episode.recovered_at + 900000000) > 0 AS felt,
            maxIf(signal.at, signal.told AND signal.at <= episode.recovered_at + 900000000) AS last_told
        FROM
        (
            SELECT
                *,
                arrayJoin(range(toUInt64(intDiv(greatest(started_at, 900000000) - 900000000, 3600000000)), toUInt64(intDiv(greatest(recovered_at + 900000000, 0), 3600000000) + 1))) AS bucket,
                arrayJoin(arrayDistinct([concat('=', service), toString(service), splitByChar('/', toString(service))[-1]])) AS name
            FROM episode
        ) AS episode
        LEFT JOIN
        (
            SELECT environment, concat('=', service) AS name, kind, felt, told, at, toUInt64(intDiv(at, 3600000000)) AS bucket
            FROM own
            WHERE at >= live_until - 900000000 OR (environment, service) IN (SELECT environment, service FROM kpi_loose WHERE touched_at >= fromUnixTimestamp64Micro({trusted:Int64}, 'UTC') UNION ALL SELECT environment, service FROM kpi_loose_needed WHERE touched_at >= fromUnixTimestamp64Micro({trusted:Int64}, 'UTC') UNION ALL SELECT environment, service FROM kpi_touched WHERE touched_at >= fromUnixTimestamp64Micro({trusted:Int64}, 'UTC'))
            UNION ALL
            SELECT felt_one.environment, arrayJoin(argMax(need.needs, length(need.service))) AS name, 'through', true, false, felt_one.at, toUInt64(intDiv(felt_one.at, 3600000000)) AS bucket
            FROM
            (
                SELECT environment, service, at, arrayJoin(arrayDistinct([toString(service), splitByChar('/', toString(service))[-1]])) AS name
                FROM own
                WHERE felt AND (SELECT count() FROM kpi_needs) > 0
            ) AS felt_one
            INNER JOIN (SELECT toString(service) AS service, needs, held_from, held_until FROM kpi_needs FINAL INNER JOIN catalogs USING (holds_from)) AS need ON need.service = felt_one.name
            WHERE felt_one.at >= need.held_from AND felt_one.at < need.held_until
            GROUP BY felt_one.environment, felt_one.service, felt_one.at
        ) AS signal
            ON signal.environment = episode.environment AND signal.name = episode.name AND signal.bucket = episode.bucket
        GROUP BY environment, service, human, started_at
    )
SELECT
    near.environment AS environment,
    near.service AS service,
    near.human AS human,
    near.started_at AS started_at,
    near.recoveries AS recoveries,
    near.recovered AS recovered,
    near.last_outcome = '' AS unknown,
    near.recovered_at AS recovered_at,
    near.last_at + 900000000 > {as_of:Int64} OR recovered AND near.recovered_at + 900000000 > {as_of:Int64} AS is_open,
    near.recovered_at + 900000000 AS closes_at,
    near.seen AS seen,
    near.felt AS felt,
    if(near.seen, near.first_symptom, near.started_at) AS since,
    near.last_told >= since AND near.last_told != 0 AS told
FROM near;

-- Episodes that began in a span, each: settled ones as far as they hold, and all others. Views within
-- views are planned again for each that they lie in, so that what is read for every question is written
-- out, and `bounds` are those of kpi_episode_bounds.
CREATE OR REPLACE VIEW known_episodes AS
SELECT
    environment, service, each.human AS human, each.started_at AS started_at, each.recoveries AS recoveries, each.recovered AS recovered, each.unknown AS unknown,
    each.since + each.took AS recovered_at, false AS is_open, each.seen AS seen, each.felt AS felt, each.since AS since, each.told AS told
FROM kpi_episode_hours FINAL
ARRAY JOIN each
WHERE hour >= toDateTime(intDiv({start:Int64}, 3600000000) * 3600, 'UTC')
    AND hour < toDateTime(intDiv(least({end:Int64} + 3599999999, {bounds:Array(Int64)}[1]), 3600000000) * 3600, 'UTC')
    AND ({environment:String} = '' OR environment = {environment:String})
    AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
    AND (hour < toDateTime(intDiv({bounds:Array(Int64)}[2], 1000000), 'UTC') OR (environment, service) NOT IN (SELECT environment, service FROM kpi_loose WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_loose_needed WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_touched WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC')))
    AND each.started_at >= {start:Int64} AND each.started_at < {end:Int64}
UNION ALL
SELECT environment, service, human, started_at, recoveries, recovered, unknown, recovered_at, is_open, seen, felt, since, told
FROM
(
    WITH
        greatest({start:Int64}, least({end:Int64}, {bounds:Array(Int64)}[1])) AS live_until,
        least(greatest({start:Int64}, {bounds:Array(Int64)}[2]), live_until) AS live_since,
        if(live_since < live_until OR live_until >= {end:Int64}, intDiv(live_since - 900000000, 3600000000) * 3600000000, live_since - 900000000) AS looked_from,
        {end:Int64} + 86400000000 AS looked_to,
        if(live_until < {end:Int64}, live_until - 900000000, looked_to) AS looked_at_all_from,
        catalogs AS
        (
            SELECT
                holds_from,
                if(row_number() OVER in_order = 1, 0, toUnixTimestamp64Micro(holds_from)) AS held_from,
                leadInFrame(toUnixTimestamp64Micro(holds_from), 1, 9223372036854775807) OVER in_order AS held_until
            FROM (SELECT DISTINCT holds_from FROM kpi_needs WHERE holds_from <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC'))
            WINDOW in_order AS (ORDER BY holds_from ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
        ),
        episode AS
        (
            SELECT
                environment,
                service,
                human,
                started_at,
                max(at) AS last_at,
                sum(count) AS recoveries,
                argMax(outcome, (at, action_id)) AS last_outcome,
                greatest(argMax(ifNull(ended_at, at), (at, action_id)), last_at) AS recovered_at,
                last_outcome = 'succeeded' AS recovered
            FROM
            (
                SELECT
                    *,
                    max(if(opens, at, -1)) OVER (PARTITION BY environment, service, human ORDER BY at, action_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS started_at
                FROM
                (
                    SELECT
                        environment, service, human, at, action_id, count, outcome, ended_at,
                        at - lagInFrame(at, 1, -900000000) OVER (PARTITION BY environment, service, human ORDER BY at, action_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) >= 900000000 AS opens
                    FROM
                    (
                        WITH
                            intDiv(looked_from + 3599999999, 3600000000) * 3600000000 AS whole_from,
                            if(looked_to < looked_at_all_from, intDiv(looked_to, 3600000000) * 3600000000, looked_at_all_from) AS whole_until,
                            if(whole_until > whole_from, whole_from, looked_from) AS first_hour,
                            if(whole_until > whole_from, whole_until, looked_from) AS last_hour,
                            looked_to - last_hour + first_hour - looked_from > 345600000000 AS is_wide,
                            toDateTime(intDiv(looked_from, 3600000000) * 3600, 'UTC') AS cut_hour,
                            greatest(looked_from - 259200000000, (SELECT if(count() = 0, 0, toUnixTimestamp64Micro(min(since))) FROM kpi_extents WHERE hour = cut_hour)) AS cut_from,
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
                                WHERE time >= fromUnixTimestamp64Micro(greatest(looked_from, 259200000000) - 259200000000, 'UTC')
                                    AND time < fromUnixTimestamp64Micro(looked_to + 259200000000, 'UTC')
                                    AND time <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
                                    AND
                                    (
                                        last_hour = first_hour
                                        OR first_hour > looked_from AND time >= fromUnixTimestamp64Micro(cut_from, 'UTC') AND time < fromUnixTimestamp64Micro(cut_until, 'UTC')
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
                                                AND time >= fromUnixTimestamp64Micro(looked_from, 'UTC')
                                                AND time < fromUnixTimestamp64Micro(looked_to + 259200000000, 'UTC')
                                                AND time <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
                                                AND ({environment:String} = '' OR environment = {environment:String})
                                                AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
                                                AND
                                                (
                                                    time < fromUnixTimestamp64Micro(first_hour, 'UTC')
                                                    OR rank = 5 AND first_hour > looked_from AND time < fromUnixTimestamp64Micro(cut_until, 'UTC') AND toUnixTimestamp64Micro(time) - ifNull(duration, 0) < first_hour
                                                    OR time >= fromUnixTimestamp64Micro(last_hour, 'UTC') AND (time < fromUnixTimestamp64Micro(looked_to, 'UTC') OR rank = 5 AND toUnixTimestamp64Micro(time) - ifNull(duration, 0) < looked_to)
                                                )
                                        )
                                    )
                                    AND ({environment:String} = '' OR environment = {environment:String})
                                    AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
                                    AND (last_hour = first_hour OR (environment, service) NOT IN (SELECT environment, service FROM kpi_loose WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_loose_needed WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_touched WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC')))
                                UNION ALL
                                SELECT environment, service, time, action, rank, action_id, agent, agent_kind, type, policy, autonomy, recovery, drill, count, outcome, verified, duration, replicas, user_visible, unneeded
                                FROM action_facts
                                WHERE last_hour > first_hour
                                    AND (environment, service) IN (SELECT environment, service FROM kpi_loose WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_loose_needed WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_touched WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC'))
                                    AND time >= fromUnixTimestamp64Micro(greatest(looked_from, 259200000000) - 259200000000, 'UTC')
                                    AND time < fromUnixTimestamp64Micro(looked_to + 259200000000, 'UTC')
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
                            AND action.at >= looked_from AND action.at < looked_to
                            AND (action.at < first_hour OR action.at >= last_hour OR (action.environment, action.service) IN (SELECT environment, service FROM kpi_loose WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_loose_needed WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_touched WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC')))
                    )
                    WHERE is_recovery
                )
            )
            WHERE at < started_at + 86400000000
            GROUP BY environment, service, human, started_at
            HAVING started_at >= live_since AND started_at < {end:Int64}
                AND (started_at >= live_until OR (environment, service) IN (SELECT environment, service FROM kpi_loose WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_loose_needed WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_touched WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC')))
        ),
        own AS
        (
            SELECT environment, service, kind, felt, told AND NOT ours AS told, toUnixTimestamp64Micro(time) AS at
            FROM signal_facts
            WHERE drill = '' AND service != ''
                AND time >= fromUnixTimestamp64Micro(greatest(live_since, 900000000) - 900000000, 'UTC')
                AND time < fromUnixTimestamp64Micro({end:Int64} + 432000000000, 'UTC')
                AND time <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
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
                any(episode.recovered) AS recovered,
                any(episode.last_outcome) AS last_outcome,
                any(episode.recovered_at) AS recovered_at,
                countIf(signal.at >= episode.started_at - 900000000 AND signal.at <= episode.started_at AND (signal.felt OR signal.kind = 'symptom')) > 0 AS seen,
                minIf(signal.at, signal.at >= episode.started_at - 900000000 AND signal.at <= episode.started_at AND (signal.felt OR signal.kind = 'symptom')) AS first_symptom,
                countIf(signal.felt AND signal.at >= episode.started_at - 900000000 AND signal.at <= episode.recovered_at + 900000000) > 0 AS felt,
                maxIf(signal.at, signal.told AND signal.at <= episode.recovered_at + 900000000) AS last_told
            FROM
            (
                SELECT
                    *,
                    arrayJoin(range(toUInt64(intDiv(greatest(started_at, 900000000) - 900000000, 3600000000)), toUInt64(intDiv(greatest(recovered_at + 900000000, 0), 3600000000) + 1))) AS bucket,
                    arrayJoin(arrayDistinct([concat('=', service), toString(service), splitByChar('/', toString(service))[-1]])) AS name
                FROM episode
            ) AS episode
            LEFT JOIN
            (
                SELECT environment, concat('=', service) AS name, kind, felt, told, at, toUInt64(intDiv(at, 3600000000)) AS bucket
                FROM own
                WHERE at >= live_until - 900000000 OR (environment, service) IN (SELECT environment, service FROM kpi_loose WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_loose_needed WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_touched WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC'))
                UNION ALL
                SELECT felt_one.environment, arrayJoin(argMax(need.needs, length(need.service))) AS name, 'through', true, false, felt_one.at, toUInt64(intDiv(felt_one.at, 3600000000)) AS bucket
                FROM
                (
                    SELECT environment, service, at, arrayJoin(arrayDistinct([toString(service), splitByChar('/', toString(service))[-1]])) AS name
                    FROM own
                    WHERE felt AND (SELECT count() FROM kpi_needs) > 0
                ) AS felt_one
                INNER JOIN (SELECT toString(service) AS service, needs, held_from, held_until FROM kpi_needs FINAL INNER JOIN catalogs USING (holds_from)) AS need ON need.service = felt_one.name
                WHERE felt_one.at >= need.held_from AND felt_one.at < need.held_until
                GROUP BY felt_one.environment, felt_one.service, felt_one.at
            ) AS signal
                ON signal.environment = episode.environment AND signal.name = episode.name AND signal.bucket = episode.bucket
            GROUP BY environment, service, human, started_at
        )
    SELECT
        near.environment AS environment,
        near.service AS service,
        near.human AS human,
        near.started_at AS started_at,
        near.recoveries AS recoveries,
        near.recovered AS recovered,
        near.last_outcome = '' AS unknown,
        near.recovered_at AS recovered_at,
        near.last_at + 900000000 > {as_of:Int64} OR recovered AND near.recovered_at + 900000000 > {as_of:Int64} AS is_open,
        near.recovered_at + 900000000 AS closes_at,
        near.seen AS seen,
        near.felt AS felt,
        if(near.seen, near.first_symptom, near.started_at) AS since,
        near.last_told >= since AND near.last_told != 0 AS told
    FROM near
);

-- The sums of all episodes of a span by day, settled or not: what KPIs are made of.
CREATE OR REPLACE VIEW known_episode_sums AS
SELECT
    day, environment, service,
    episodes, recoveries, unknown, toUInt64(0) AS open, unknown AS unknown_over, seen, took,
    human_episodes, human_recoveries, human_unknown, toUInt64(0) AS human_open, human_unknown AS human_unknown_over, human_seen, human_took,
    felt_told, felt_told_recovered, felt_unknown, toUInt64(0) AS felt_open, quiet_since, quiet_took
FROM kpi_episode_days FINAL
WHERE day >= toDateTime(intDiv({start:Int64} + 86399999999, 86400000000) * 86400, 'UTC')
    AND day < toDateTime(intDiv(least({end:Int64}, {bounds:Array(Int64)}[1]), 86400000000) * 86400, 'UTC')
    AND ({environment:String} = '' OR environment = {environment:String})
    AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
    AND (day < toDateTime(intDiv({bounds:Array(Int64)}[2], 1000000), 'UTC') OR (environment, service) NOT IN (SELECT environment, service FROM kpi_loose WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_loose_needed WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_touched WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC')))
UNION ALL
SELECT
    toDateTime(intDiv(started_at, 86400000000) * 86400, 'UTC') AS day,
    environment,
    service,
    countIf(NOT human) AS episodes,
    sumIf(of_recoveries, NOT human) AS recoveries,
    countIf(NOT human AND is_unknown) AS unknown,
    countIf(NOT human AND is_open) AS open,
    countIf(NOT human AND is_unknown AND NOT is_open) AS unknown_over,
    countIf(NOT human AND recovered AND NOT is_open AND was_seen) AS seen,
    groupArrayIf(recovered_at - since, NOT human AND recovered AND NOT is_open) AS took,
    countIf(human) AS human_episodes,
    sumIf(of_recoveries, human) AS human_recoveries,
    countIf(human AND is_unknown) AS human_unknown,
    countIf(human AND is_open) AS human_open,
    countIf(human AND is_unknown AND NOT is_open) AS human_unknown_over,
    countIf(human AND recovered AND NOT is_open AND was_seen) AS human_seen,
    groupArrayIf(recovered_at - since, human AND recovered AND NOT is_open) AS human_took,
    countIf(NOT human AND felt AND told) AS felt_told,
    countIf(NOT human AND felt AND told AND recovered AND NOT is_open) AS felt_told_recovered,
    countIf(NOT human AND felt AND is_unknown AND NOT is_open) AS felt_unknown,
    countIf(NOT human AND felt AND is_open) AS felt_open,
    groupArrayIf(since, NOT human AND felt AND NOT told) AS quiet_since,
    groupArrayIf(if(recovered AND NOT is_open, recovered_at - since, -1), NOT human AND felt AND NOT told) AS quiet_took
FROM
(
    SELECT environment, service, human, started_at, recoveries AS of_recoveries, recovered, unknown AS is_unknown, recovered_at, is_open, seen AS was_seen, felt, since, told
    FROM
    (
        SELECT
            environment, service, each.human AS human, each.started_at AS started_at, each.recoveries AS recoveries, each.recovered AS recovered, each.unknown AS unknown,
            each.since + each.took AS recovered_at, false AS is_open, each.seen AS seen, each.felt AS felt, each.since AS since, each.told AS told
        FROM kpi_episode_hours FINAL
        ARRAY JOIN each
        WHERE hour >= toDateTime(intDiv({start:Int64}, 3600000000) * 3600, 'UTC')
            AND hour < toDateTime(intDiv(least({end:Int64} + 3599999999, {bounds:Array(Int64)}[1]), 3600000000) * 3600, 'UTC')
            AND NOT (hour >= toDateTime(intDiv({start:Int64} + 86399999999, 86400000000) * 86400, 'UTC') AND hour < toDateTime(intDiv(least({end:Int64}, {bounds:Array(Int64)}[1]), 86400000000) * 86400, 'UTC'))
            AND ({environment:String} = '' OR environment = {environment:String})
            AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
            AND (hour < toDateTime(intDiv({bounds:Array(Int64)}[2], 1000000), 'UTC') OR (environment, service) NOT IN (SELECT environment, service FROM kpi_loose WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_loose_needed WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_touched WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC')))
            AND each.started_at >= {start:Int64} AND each.started_at < {end:Int64}
        UNION ALL
        SELECT environment, service, human, started_at, recoveries, recovered, unknown, recovered_at, is_open, seen, felt, since, told
        FROM
        (
            WITH
                greatest({start:Int64}, least({end:Int64}, {bounds:Array(Int64)}[1])) AS live_until,
                least(greatest({start:Int64}, {bounds:Array(Int64)}[2]), live_until) AS live_since,
                if(live_since < live_until OR live_until >= {end:Int64}, intDiv(live_since - 900000000, 3600000000) * 3600000000, live_since - 900000000) AS looked_from,
                {end:Int64} + 86400000000 AS looked_to,
                if(live_until < {end:Int64}, live_until - 900000000, looked_to) AS looked_at_all_from,
                catalogs AS
                (
                    SELECT
                        holds_from,
                        if(row_number() OVER in_order = 1, 0, toUnixTimestamp64Micro(holds_from)) AS held_from,
                        leadInFrame(toUnixTimestamp64Micro(holds_from), 1, 9223372036854775807) OVER in_order AS held_until
                    FROM (SELECT DISTINCT holds_from FROM kpi_needs WHERE holds_from <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC'))
                    WINDOW in_order AS (ORDER BY holds_from ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
                ),
                episode AS
                (
                    SELECT
                        environment,
                        service,
                        human,
                        started_at,
                        max(at) AS last_at,
                        sum(count) AS recoveries,
                        argMax(outcome, (at, action_id)) AS last_outcome,
                        greatest(argMax(ifNull(ended_at, at), (at, action_id)), last_at) AS recovered_at,
                        last_outcome = 'succeeded' AS recovered
                    FROM
                    (
                        SELECT
                            *,
                            max(if(opens, at, -1)) OVER (PARTITION BY environment, service, human ORDER BY at, action_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS started_at
                        FROM
                        (
                            SELECT
                                environment, service, human, at, action_id, count, outcome, ended_at,
                                at - lagInFrame(at, 1, -900000000) OVER (PARTITION BY environment, service, human ORDER BY at, action_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) >= 900000000 AS opens
                            FROM
                            (
                                WITH
                                    intDiv(looked_from + 3599999999, 3600000000) * 3600000000 AS whole_from,
                                    if(looked_to < looked_at_all_from, intDiv(looked_to, 3600000000) * 3600000000, looked_at_all_from) AS whole_until,
                                    if(whole_until > whole_from, whole_from, looked_from) AS first_hour,
                                    if(whole_until > whole_from, whole_until, looked_from) AS last_hour,
                                    looked_to - last_hour + first_hour - looked_from > 345600000000 AS is_wide,
                                    toDateTime(intDiv(looked_from, 3600000000) * 3600, 'UTC') AS cut_hour,
                                    greatest(looked_from - 259200000000, (SELECT if(count() = 0, 0, toUnixTimestamp64Micro(min(since))) FROM kpi_extents WHERE hour = cut_hour)) AS cut_from,
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
                                        WHERE time >= fromUnixTimestamp64Micro(greatest(looked_from, 259200000000) - 259200000000, 'UTC')
                                            AND time < fromUnixTimestamp64Micro(looked_to + 259200000000, 'UTC')
                                            AND time <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
                                            AND
                                            (
                                                last_hour = first_hour
                                                OR first_hour > looked_from AND time >= fromUnixTimestamp64Micro(cut_from, 'UTC') AND time < fromUnixTimestamp64Micro(cut_until, 'UTC')
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
                                                        AND time >= fromUnixTimestamp64Micro(looked_from, 'UTC')
                                                        AND time < fromUnixTimestamp64Micro(looked_to + 259200000000, 'UTC')
                                                        AND time <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
                                                        AND ({environment:String} = '' OR environment = {environment:String})
                                                        AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
                                                        AND
                                                        (
                                                            time < fromUnixTimestamp64Micro(first_hour, 'UTC')
                                                            OR rank = 5 AND first_hour > looked_from AND time < fromUnixTimestamp64Micro(cut_until, 'UTC') AND toUnixTimestamp64Micro(time) - ifNull(duration, 0) < first_hour
                                                            OR time >= fromUnixTimestamp64Micro(last_hour, 'UTC') AND (time < fromUnixTimestamp64Micro(looked_to, 'UTC') OR rank = 5 AND toUnixTimestamp64Micro(time) - ifNull(duration, 0) < looked_to)
                                                        )
                                                )
                                            )
                                            AND ({environment:String} = '' OR environment = {environment:String})
                                            AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
                                            AND (last_hour = first_hour OR (environment, service) NOT IN (SELECT environment, service FROM kpi_loose WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_loose_needed WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_touched WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC')))
                                        UNION ALL
                                        SELECT environment, service, time, action, rank, action_id, agent, agent_kind, type, policy, autonomy, recovery, drill, count, outcome, verified, duration, replicas, user_visible, unneeded
                                        FROM action_facts
                                        WHERE last_hour > first_hour
                                            AND (environment, service) IN (SELECT environment, service FROM kpi_loose WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_loose_needed WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_touched WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC'))
                                            AND time >= fromUnixTimestamp64Micro(greatest(looked_from, 259200000000) - 259200000000, 'UTC')
                                            AND time < fromUnixTimestamp64Micro(looked_to + 259200000000, 'UTC')
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
                                    AND action.at >= looked_from AND action.at < looked_to
                                    AND (action.at < first_hour OR action.at >= last_hour OR (action.environment, action.service) IN (SELECT environment, service FROM kpi_loose WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_loose_needed WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_touched WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC')))
                            )
                            WHERE is_recovery
                        )
                    )
                    WHERE at < started_at + 86400000000
                    GROUP BY environment, service, human, started_at
                    HAVING started_at >= live_since AND started_at < {end:Int64}
                        AND (started_at >= live_until OR (environment, service) IN (SELECT environment, service FROM kpi_loose WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_loose_needed WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_touched WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC')))
                ),
                own AS
                (
                    SELECT environment, service, kind, felt, told AND NOT ours AS told, toUnixTimestamp64Micro(time) AS at
                    FROM signal_facts
                    WHERE drill = '' AND service != ''
                        AND time >= fromUnixTimestamp64Micro(greatest(live_since, 900000000) - 900000000, 'UTC')
                        AND time < fromUnixTimestamp64Micro({end:Int64} + 432000000000, 'UTC')
                        AND time <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
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
                        any(episode.recovered) AS recovered,
                        any(episode.last_outcome) AS last_outcome,
                        any(episode.recovered_at) AS recovered_at,
                        countIf(signal.at >= episode.started_at - 900000000 AND signal.at <= episode.started_at AND (signal.felt OR signal.kind = 'symptom')) > 0 AS seen,
                        minIf(signal.at, signal.at >= episode.started_at - 900000000 AND signal.at <= episode.started_at AND (signal.felt OR signal.kind = 'symptom')) AS first_symptom,
                        countIf(signal.felt AND signal.at >= episode.started_at - 900000000 AND signal.at <= episode.recovered_at + 900000000) > 0 AS felt,
                        maxIf(signal.at, signal.told AND signal.at <= episode.recovered_at + 900000000) AS last_told
                    FROM
                    (
                        SELECT
                            *,
                            arrayJoin(range(toUInt64(intDiv(greatest(started_at, 900000000) - 900000000, 3600000000)), toUInt64(intDiv(greatest(recovered_at + 900000000, 0), 3600000000) + 1))) AS bucket,
                            arrayJoin(arrayDistinct([concat('=', service), toString(service), splitByChar('/', toString(service))[-1]])) AS name
                        FROM episode
                    ) AS episode
                    LEFT JOIN
                    (
                        SELECT environment, concat('=', service) AS name, kind, felt, told, at, toUInt64(intDiv(at, 3600000000)) AS bucket
                        FROM own
                        WHERE at >= live_until - 900000000 OR (environment, service) IN (SELECT environment, service FROM kpi_loose WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_loose_needed WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC') UNION ALL SELECT environment, service FROM kpi_touched WHERE touched_at >= fromUnixTimestamp64Micro({bounds:Array(Int64)}[3], 'UTC'))
                        UNION ALL
                        SELECT felt_one.environment, arrayJoin(argMax(need.needs, length(need.service))) AS name, 'through', true, false, felt_one.at, toUInt64(intDiv(felt_one.at, 3600000000)) AS bucket
                        FROM
                        (
                            SELECT environment, service, at, arrayJoin(arrayDistinct([toString(service), splitByChar('/', toString(service))[-1]])) AS name
                            FROM own
                            WHERE felt AND (SELECT count() FROM kpi_needs) > 0
                        ) AS felt_one
                        INNER JOIN (SELECT toString(service) AS service, needs, held_from, held_until FROM kpi_needs FINAL INNER JOIN catalogs USING (holds_from)) AS need ON need.service = felt_one.name
                        WHERE felt_one.at >= need.held_from AND felt_one.at < need.held_until
                        GROUP BY felt_one.environment, felt_one.service, felt_one.at
                    ) AS signal
                        ON signal.environment = episode.environment AND signal.name = episode.name AND signal.bucket = episode.bucket
                    GROUP BY environment, service, human, started_at
                )
            SELECT
                near.environment AS environment,
                near.service AS service,
                near.human AS human,
                near.started_at AS started_at,
                near.recoveries AS recoveries,
                near.recovered AS recovered,
                near.last_outcome = '' AS unknown,
                near.recovered_at AS recovered_at,
                near.last_at + 900000000 > {as_of:Int64} OR recovered AND near.recovered_at + 900000000 > {as_of:Int64} AS is_open,
                near.recovered_at + 900000000 AS closes_at,
                near.seen AS seen,
                near.felt AS felt,
                if(near.seen, near.first_symptom, near.started_at) AS since,
                near.last_told >= since AND near.last_told != 0 AS told
            FROM near
        )
    )
)
GROUP BY day, environment, service;

-- The first alerts of the days of a span and of the 31 before, by environment, microseconds UTC.
CREATE OR REPLACE VIEW kpi_first_alerts AS
SELECT environment, groupArray(earliest) AS firsts
FROM
(
    SELECT environment, toUnixTimestamp64Micro(min(first)) AS earliest
    FROM kpi_alert_days
    WHERE day >= toDate(fromUnixTimestamp64Micro(greatest({start:Int64}, 2678400000000) - 2678400000000, 'UTC'))
        AND day <= toDate(fromUnixTimestamp64Micro({end:Int64}, 'UTC'))
    GROUP BY environment, day
    HAVING earliest <= {as_of:Int64}
)
GROUP BY environment;

-- Episodes with whether a source of alerts was connected: one came then or in the 30 days before.
CREATE OR REPLACE VIEW incidents AS
SELECT
    episode.environment AS environment,
    episode.service AS service,
    episode.human AS human,
    episode.started_at AS started_at,
    episode.recoveries AS recoveries,
    episode.recovered AS recovered,
    episode.unknown AS outcome_unknown,
    episode.recovered_at AS recovered_at,
    episode.is_open AS is_open,
    episode.felt AS felt,
    if(episode.seen, episode.since, NULL) AS symptom_at,
    episode.since AS since,
    episode.told AS told,
    told OR arrayExists(at -> at <= since AND at > since - 2592000000000, alerts.firsts) AS connected,
    felt AND recovered AND connected AND NOT told AND NOT is_open AS hidden
FROM known_episodes(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String}, bounds = (SELECT bounds FROM kpi_episode_bounds(as_of = {as_of:Int64}))) AS episode
LEFT JOIN kpi_first_alerts(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}) AS alerts ON alerts.environment = episode.environment;

-- Sums as before, written out for the same reason.
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
FROM
(
    WITH (SELECT if({as_of:Int64} >= toUnixTimestamp64Micro(max(settled_at)), toUnixTimestamp64Micro(argMax(until, settled_at)), 0) FROM kpi_settlings) AS settled_until
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
        FROM
        (
            WITH
                intDiv({start:Int64} + 3599999999, 3600000000) * 3600000000 AS whole_from,
                intDiv(least({end:Int64}, settled_until), 3600000000) * 3600000000 AS whole_until,
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
                AND (action.at < first_hour OR action.at >= last_hour OR (action.environment, action.service) IN (SELECT environment, service FROM kpi_touched WHERE touched_at >= (SELECT argMax(trusted_from, settled_at) FROM kpi_settlings)))
        )
    )
    GROUP BY hour, environment, service, policy, autonomy
);

-- Of each KPI one view, as before.

CREATE OR REPLACE VIEW kpi_episodes AS
SELECT
    of_environment,
    of_service,
    'episodes' AS name,
    part.1 AS of,
    'episodes' AS unit,
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
            ('', sum(episodes), sum(recoveries), sum(unknown), sum(open)),
            ('human', sum(human_episodes), sum(human_recoveries), sum(human_unknown), sum(human_open))
        ]) AS part
    FROM known_episode_sums(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String}, bounds = (SELECT bounds FROM kpi_episode_bounds(as_of = {as_of:Int64})))
    GROUP BY of_environment, of_service
)
WHERE part.2 > 0;

CREATE OR REPLACE VIEW kpi_mttr AS
SELECT
    of_environment,
    of_service,
    'mttr' AS name,
    part.1 AS of,
    'seconds' AS unit,
    toFloat64(if(part.4 > 0, part.2 / 1000000, NULL)) AS value,
    toFloat64(NULL) AS low,
    toFloat64(NULL) AS high,
    toFloat64(part.3) AS numerator,
    toFloat64(part.4) AS denominator,
    toUInt64(part.5) AS unknown,
    toUInt64(part.6) AS open
FROM
(
    SELECT
        if({per_service:UInt8} = 1, environment, '') AS of_environment,
        if({per_service:UInt8} = 1, service, '') AS of_service,
        quantilesExactArray(0.5, 0.9)(took) AS lasted,
        quantilesExactArray(0.5, 0.9)(human_took) AS human_lasted,
        sum(length(took)) AS measured,
        sum(length(human_took)) AS human_measured,
        arrayJoin
        ([
            ('automatic p50', lasted[1], sum(seen), measured, sum(unknown_over), sum(open), sum(episodes)),
            ('automatic p90', lasted[2], sum(seen), measured, sum(unknown_over), sum(open), sum(episodes)),
            ('human p50', human_lasted[1], sum(human_seen), human_measured, sum(human_unknown_over), sum(human_open), sum(human_episodes)),
            ('human p90', human_lasted[2], sum(human_seen), human_measured, sum(human_unknown_over), sum(human_open), sum(human_episodes))
        ]) AS part
    FROM known_episode_sums(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String}, bounds = (SELECT bounds FROM kpi_episode_bounds(as_of = {as_of:Int64})))
    GROUP BY of_environment, of_service
)
WHERE part.7 > 0;

CREATE OR REPLACE VIEW kpi_hidden_incidents AS
WITH
    (k, n) -> if(n > 0, greatest(0., (k / n + 3.8414588206941254 / n / 2) / (1 + 3.8414588206941254 / n) - 1.959963984540054 * sqrt(k / n * (1 - k / n) / n + 3.8414588206941254 / n / (4 * n)) / (1 + 3.8414588206941254 / n)), NULL) AS wilson_low,
    (k, n) -> if(n > 0, least(1., (k / n + 3.8414588206941254 / n / 2) / (1 + 3.8414588206941254 / n) + 1.959963984540054 * sqrt(k / n * (1 - k / n) / n + 3.8414588206941254 / n / (4 * n)) / (1 + 3.8414588206941254 / n)), NULL) AS wilson_high
SELECT
    of_environment,
    of_service,
    figure.1 AS name,
    '' AS of,
    figure.2 AS unit,
    figure.3 AS value,
    if(name = 'masking_ratio', wilson_low(hidden_ones, sure_ones), NULL) AS low,
    if(name = 'masking_ratio', wilson_high(hidden_ones, sure_ones), NULL) AS high,
    toFloat64(hidden_ones) AS numerator,
    toFloat64(sure_ones) AS denominator,
    toUInt64(unsure_ones) AS unknown,
    toUInt64(open_ones) AS open
FROM
(
    SELECT
        of_environment,
        of_service,
        sum(of_hidden) AS hidden_ones,
        sum(of_told_recovered) + hidden_ones AS sure_ones,
        sum(of_unknown) + sum(of_quiet_recovered) - hidden_ones AS unsure_ones,
        sum(of_open) AS open_ones,
        sum(of_told) + sum(of_connected) > 0 AS is_connected,
        arrayJoin
        ([
            ('hidden_incidents', 'incidents', if(is_connected, toNullable(toFloat64(hidden_ones)), NULL)),
            ('hidden_minutes', 'minutes', if(is_connected, toNullable(sum(of_hidden_time) / 60000000), NULL)),
            ('masking_ratio', 'share', if(sure_ones > 0, toNullable(hidden_ones / sure_ones), NULL))
        ]) AS figure
    FROM
    (
        SELECT
            of_environment,
            of_service,
            of_told,
            of_told_recovered,
            of_unknown,
            of_open,
            length(since_ones) AS of_quiet,
            arrayCount(one -> one >= 0, took_ones) AS of_quiet_recovered,
            arrayExists(at -> at <= began - 900000000 AND at > began + 86400000000 - 2592000000000, alerts.firsts) AS always,
            arrayMap(one -> arrayExists(at -> at <= one AND at > one - 2592000000000, alerts.firsts), if(always, [], since_ones)) AS doubtful,
            if(always, of_quiet, arrayCount(doubtful)) AS of_connected,
            if(always, of_quiet_recovered, arrayCount((one, heard) -> one >= 0 AND heard, if(always, [], took_ones), doubtful)) AS of_hidden,
            if(always, arraySum(one -> greatest(one, 0), took_ones), arraySum((one, heard) -> if(heard, greatest(one, 0), 0), if(always, [], took_ones), doubtful)) AS of_hidden_time
        FROM
        (
            SELECT
                if({per_service:UInt8} = 1, environment, '') AS of_environment,
                if({per_service:UInt8} = 1, service, '') AS of_service,
                environment,
                toInt64(toUnixTimestamp(day)) * 1000000 AS began,
                sum(felt_told) AS of_told,
                sum(felt_told_recovered) AS of_told_recovered,
                sum(felt_unknown) AS of_unknown,
                sum(felt_open) AS of_open,
                groupArrayArray(quiet_since) AS since_ones,
                groupArrayArray(quiet_took) AS took_ones
            FROM known_episode_sums(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String}, bounds = (SELECT bounds FROM kpi_episode_bounds(as_of = {as_of:Int64})))
            GROUP BY of_environment, of_service, environment, began
        ) AS sums
        LEFT JOIN kpi_first_alerts(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}) AS alerts ON alerts.environment = sums.environment
    )
    GROUP BY of_environment, of_service
    HAVING sum(of_told) + sum(of_quiet) > 0
);

-- What episodes were put together from for every question.

DROP VIEW IF EXISTS signals_near;

DROP VIEW IF EXISTS known_runs;

DROP VIEW IF EXISTS live_runs;

DROP TABLE IF EXISTS kpi_runs SYNC;

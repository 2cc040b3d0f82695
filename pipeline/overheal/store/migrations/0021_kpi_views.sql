-- What KPIs are made of and the views of them. An engine that plans a view plans anew, at each level, all views
-- that lie within it, which takes longer than the answer. So what several views share is written once, as a
-- part, and stands in each of them; `{{a from b}}` is the part a of what the part b selects.
--
-- Each KPI is told in two ways. The views of KPIs read what is settled, up to the moment of the newest settling, and
-- nothing else. `kpi_of_actions`, `kpi_of_levels` and `kpi_of_episodes` read what is settled of hours that are over and
-- count all else from the events, as of any moment; so they are right where nothing is settled, or not yet.
--
-- Parts speak of moments in microseconds UTC that the view which they stand in names, so that they are numbers by the
-- time when anything is planned. For what is counted from the events:
--
-- * first_at ≤ at < end_at: the span of which actions are looked for, by the moment when they began;
-- * at < tail: of these only services are looked for of which something came since `trusted` (`of_episodes`: of whose
--   episodes), from loose_from on; the others are settled, or not asked for;
-- * days_from, days_until and hours_from, hours_until: the whole days and hours of what is settled.

-- Actions as they stand, each once, by the hour in which they began.
CREATE TABLE IF NOT EXISTS kpi_actions
(
    hour DateTime('UTC') CODEC(Delta, ZSTD(1)),
    environment LowCardinality(String),
    service LowCardinality(String),
    at Int64 CODEC(Delta, ZSTD(1)) COMMENT 'when it began, microseconds UTC',
    action_id String CODEC(ZSTD(1)),
    agent LowCardinality(String),
    human Bool,
    policy LowCardinality(String),
    autonomy Int8 COMMENT '-1: unknown',
    is_recovery Bool,
    was_begun Bool COMMENT 'false: only proposed, and turned down',
    is_over Bool,
    unneeded Bool COMMENT 'turned down because there was nothing to do',
    count UInt64 COMMENT 'occurrences it stands for',
    outcome LowCardinality(String),
    verified Bool COMMENT 'the outcome was looked at, not only believed',
    retold Bool COMMENT 'more than one outcome was told',
    ended_at Nullable(Int64) CODEC(ZSTD(1)) COMMENT 'microseconds UTC',
    duration Nullable(Int64) CODEC(ZSTD(1)) COMMENT 'microseconds',
    replicas Nullable(Float64) CODEC(ZSTD(1)),
    there Bool COMMENT 'false: it began at another moment, as is known now, or is a drill',
    settled_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(settled_at)
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, environment, service, at, action_id)
SETTINGS non_replicated_deduplication_window = 10000;

ALTER TABLE kpi_episode_hours ADD COLUMN IF NOT EXISTS open_until Array(Int64) COMMENT 'of each of them: when it is over, microseconds UTC';

-- The newest settling that left nothing out: all that is known by then is settled.
CREATE TABLE IF NOT EXISTS kpi_settled
(
    settled_at DateTime64(6, 'UTC'),
    days_until DateTime64(6, 'UTC') COMMENT 'until then sums of days are settled',
    episode_days_until DateTime64(6, 'UTC') COMMENT 'until then sums of days of episodes; later ones have some that are not over',
    newest DateTime64(6, 'UTC') COMMENT 'the newest moment of what there was',
    held UInt64 COMMENT 'a hash of what was in the tables that it is made of'
)
ENGINE = ReplacingMergeTree(settled_at)
ORDER BY tuple()
SETTINGS non_replicated_deduplication_window = 10000;

-- Of several levels of one moment the highest counts, whatever the order.
CREATE OR REPLACE VIEW day_levels AS
SELECT
    toStartOfDay(hour) AS day,
    environment,
    service,
    groupArrayIf(agent, starts) AS agents,
    groupArrayIf(autonomy, starts) AS levels,
    groupArrayIf(at, starts) AS moments
FROM
(
    SELECT
        hour, environment, service, agent, autonomy, at, there,
        there AND lagInFrame(toInt16(autonomy), 1, -2) OVER (PARTITION BY environment, service, agent, toStartOfDay(hour), there ORDER BY at, autonomy ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) != autonomy AS starts
    FROM
    (
        SELECT hour, environment, service, one.1 AS agent, one.2 AS autonomy, one.3 AS at, one.4 AS there
        FROM
        (
            SELECT hour, environment, service, arrayJoin(arrayConcat([('', toInt8(0), toInt64(0), false)], arrayMap((a, l, m) -> (toString(a), l, m, true), agent, autonomy, at))) AS one
            FROM kpi_level_hours FINAL
            WHERE hour >= fromUnixTimestamp64Micro({start:Int64}, 'UTC') AND hour < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
        )
    )
)
GROUP BY day, environment, service;

ALTER TABLE kpi_level_hours DROP COLUMN IF EXISTS seq;

ALTER TABLE kpi_level_days DROP COLUMN IF EXISTS seq;

DROP TABLE IF EXISTS kpi_extents SYNC;

-- What was settled before is settled once more, action by action.
ALTER TABLE kpi_settlings ADD COLUMN IF NOT EXISTS actions_until DateTime64(6, 'UTC') COMMENT 'until when actions are settled as well';

-- part asked: the services and environments that are asked for; a short name is that of every service that ends so
({environment:String} = '' OR environment = {environment:String}) AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
-- end

-- part sums: what is counted of an hour
actions, healed, human_healed, good_verified, good_believed, bad_verified, bad_believed, unknown, open, ineffective, human_recoveries, human_unknown, human_open, timed, timeless_open, sized, sizeless_open, spent_time, spent_replica_time, judged, weighed, unneeded, weighed_unknown, weighed_open
-- end

-- part bounds: of a span, as far as it is settled: [tail, loose_from, trusted]; loose_from lies five days before what came,
-- since events of an action lie within three days of its beginning
(
    SELECT
        [
            greatest({start:Int64}, least({end:Int64}, if({as_of:Int64} >= toUnixTimestamp64Micro(max(settled_at)), toUnixTimestamp64Micro(argMax(kpi_settlings.until, settled_at)), 0))),
            (
                SELECT intDiv(greatest(if(count() = 0, 4102444800000000, toUnixTimestamp64Micro(min(since))), 432000000000) - 432000000000, 86400000000) * 86400000000
                FROM kpi_touched
                WHERE touched_at >= (SELECT argMax(trusted_from, settled_at) FROM kpi_settlings)
            ),
            toUnixTimestamp64Micro(argMax(trusted_from, settled_at))
        ]
    FROM kpi_settlings
)
-- end

-- part whole: the whole hours of first_at to tail
toDateTime(intDiv(first_at + 3599999999, 3600000000) * 3600, 'UTC') AS hours_from,
toDateTime(intDiv(tail, 3600000000) * 3600, 'UTC') AS hours_until,
toDateTime(intDiv(first_at + 86399999999, 86400000000) * 86400, 'UTC') AS days_from
-- end

-- part bound: what these are called
{start:Int64} AS first_at,
{end:Int64} AS end_at,
bounds[1] AS tail,
bounds[2] AS loose_from,
bounds[3] AS trusted,
{{whole}},
toDateTime(intDiv(tail, 86400000000) * 86400, 'UTC') AS days_until,
false AS of_episodes,
least(end_at + 259200000000, {as_of:Int64} + 1) AS read_until
-- end

-- part loose: services of which something came since `trusted`
SELECT environment, service FROM kpi_touched WHERE touched_at >= fromUnixTimestamp64Micro(trusted, 'UTC')
UNION ALL
SELECT environment, service FROM kpi_loose WHERE of_episodes AND touched_at >= fromUnixTimestamp64Micro(trusted, 'UTC')
UNION ALL
SELECT environment, service FROM kpi_loose_needed WHERE of_episodes AND touched_at >= fromUnixTimestamp64Micro(trusted, 'UTC')
-- end

-- part sought: the actions of which something came in what is looked at; an episode's is a recovery that began then
SELECT action
FROM action_facts
WHERE time >= fromUnixTimestamp64Micro(tail, 'UTC') AND time < fromUnixTimestamp64Micro(read_until, 'UTC') AND {{asked}}
    AND (NOT of_episodes OR recovery AND rank IN (4, 5))
    AND (time < fromUnixTimestamp64Micro(end_at, 'UTC') OR rank = 5 AND toUnixTimestamp64Micro(time) - ifNull(duration, 0) < end_at)
-- end

-- part live_actions: actions as they stand, each once, as far as was known at as_of. Events of an action count from
-- three days before the span to three days after it; one that is read twice changes nothing. Drills are not
-- among them. Where little is looked for, only the actions are read that can lie in it
SELECT
    environment, service, action_id, agent, human, type, policy, autonomy, at, is_recovery, count, is_over,
    nullIf(ended, 0) AS ended_at,
    nullIf(lasted, 0) AS duration,
    replicas,
    user_visible,
    unneeded,
    was_begun,
    told_outcome,
    if(restated, 'ineffective', told_outcome) AS outcome,
    told_verified OR restated AS verified,
    retold,
    (environment, service, action) IN
    (
        SELECT environment, service, sipHash64(action_id)
        FROM outcome_restatements FINAL
        WHERE NOT withdrawn AND decided_at <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
    ) AS restated
FROM
(
    SELECT
        environment,
        service,
        action,
        any(facts.action_id) AS action_id,
        argMinIf(drill != '', place, rank > 3) AS drilled,
        max(facts.recovery AND begins) AND service != '' AS is_recovery,
        max(begins) AS was_begun,
        argMinIf(micros - if(rank = 5, ifNull(facts.duration, 0), 0), first_place, begins) AS began_at,
        if(was_begun, began_at, min(micros)) AS at,
        argMinIf(facts.count, first_place, begins) AS count,
        argMinIf(agent_kind = 'human', first_place, begins) AS human,
        argMinIf(facts.agent, first_place, begins) AS agent,
        argMinIf(facts.type, first_place, begins) AS type,
        max(rank > 4) AS is_over,
        argMaxIf(toString(facts.outcome), place, tells) AS told_outcome,
        argMaxIf(facts.verified, place, tells) AS told_verified,
        minIf(facts.outcome, tells) != maxIf(facts.outcome, tells) AS retold,
        if(max(rank = 5), maxIf(micros, rank = 5), maxIf(micros, rank = 6)) AS ended,
        max(facts.duration) AS lasted,
        max(facts.replicas) AS replicas,
        max(facts.user_visible) AS user_visible,
        max(facts.unneeded) AS unneeded,
        max(facts.policy) AS policy,
        max(facts.autonomy) AS autonomy
    FROM
    (
        SELECT
            *,
            toUnixTimestamp64Micro(time) AS micros,
            micros * 8 + rank AS place,
            place + if(recovery, 0, 4611686018427387904) AS first_place,
            rank IN (4, 5) AS begins,
            rank > 4 AND outcome NOT IN ('', 'unknown') AS tells
        FROM
        (
            SELECT environment, service, time, action, rank, action_id, agent, agent_kind, type, policy, autonomy, recovery, drill, count, outcome, verified, duration, replicas, user_visible, unneeded
            FROM action_facts
            WHERE time >= fromUnixTimestamp64Micro(greatest(tail, 259200000000) - 259200000000, 'UTC') AND time < fromUnixTimestamp64Micro(read_until, 'UTC')
                AND (end_at - tail > 345600000000 OR action IN ({{sought}}))
                AND {{asked}}
            UNION ALL
            SELECT environment, service, time, action, rank, action_id, agent, agent_kind, type, policy, autonomy, recovery, drill, count, outcome, verified, duration, replicas, user_visible, unneeded
            FROM action_facts
            WHERE tail > first_at AND (environment, service) IN ({{loose}})
                AND time >= fromUnixTimestamp64Micro(greatest(first_at, loose_from, 259200000000) - 259200000000, 'UTC')
                AND time < fromUnixTimestamp64Micro(read_until, 'UTC')
                AND {{asked}}
        )
    ) AS facts
    GROUP BY environment, service, action
)
WHERE NOT drilled AND (was_begun OR unneeded) AND at >= first_at AND at < end_at
    AND (at >= tail OR at >= loose_from AND (environment, service) IN ({{loose}}))
-- end

-- part hours_of: what is counted of actions, by hour; class: 1 succeeded, 2 another outcome, 3 over without one, 4 not over
SELECT
    toDateTime(intDiv(began, 3600000000) * 3600, 'UTC') AS hour,
    environment,
    service,
    policy,
    autonomy,
    sum(acted) AS actions,
    sum(is_own) AS healed,
    sum(is_theirs) AS human_healed,
    sumIf(own, class = 1 AND verified) AS good_verified,
    sumIf(own, class = 1 AND NOT verified) AS good_believed,
    sumIf(own, class = 2 AND verified) AS bad_verified,
    sumIf(own, class = 2 AND NOT verified) AS bad_believed,
    sumIf(own, class = 3) AS unknown,
    sumIf(own, class = 4) AS open,
    sumIf(own, outcome = 'ineffective') AS ineffective,
    sum(theirs) AS human_recoveries,
    sumIf(theirs, class = 3) AS human_unknown,
    sumIf(theirs, class = 4) AS human_open,
    sumIf(own, isNotNull(lasted)) AS timed,
    sumIf(own, isNull(lasted) AND NOT is_over) AS timeless_open,
    sumIf(own, isNotNull(cost)) AS sized,
    sumIf(own, isNull(cost) AND NOT is_over) AS sizeless_open,
    sum(own * ifNull(toFloat64(lasted), 0)) AS spent_time,
    sum(own * ifNull(cost, 0)) AS spent_replica_time,
    sum(weighs) AS judged,
    sumIf(weight, class < 3 OR turned_down) AS weighed,
    sumIf(weight, outcome = 'unnecessary' OR turned_down) AS unneeded,
    sumIf(weight, class = 3 AND NOT turned_down) AS weighed_unknown,
    sumIf(weight, class = 4 AND NOT turned_down) AS weighed_open
FROM
(
    SELECT
        environment, service, policy, autonomy, verified, outcome, is_over, at AS began, duration AS lasted, lasted * replicas AS cost,
        NOT human AND was_begun AS acted,
        NOT human AND is_recovery AS is_own,
        human AND is_recovery AS is_theirs,
        if(is_own, count, 0) AS own,
        if(is_theirs, count, 0) AS theirs,
        multiIf(outcome = 'succeeded', 1, outcome != '', 2, is_over, 3, 4) AS class,
        facts.unneeded AND NOT is_over AS turned_down,
        NOT human AND (is_recovery OR turned_down) AS weighs,
        if(weighs, greatest(count, 1), 0) AS weight
    FROM
    (
        {{source}}
    ) AS facts
)
GROUP BY hour, environment, service, policy, autonomy
-- end

-- part whole_days: of a table by day those that are settled
day >= days_from AND day < days_until AND {{asked}}
-- end

-- part other_hours: of a table by hour whole hours of other days
hour >= hours_from AND hour < hours_until AND NOT (hour >= days_from AND hour < days_until) AND {{asked}}
-- end

-- part cut_actions: actions of the hours that first_at and tail cut
SELECT *
FROM kpi_actions FINAL
WHERE there
    AND hour IN (toDateTime(intDiv(first_at, 3600000000) * 3600, 'UTC'), hours_until)
    AND NOT (hour >= hours_from AND hour < hours_until)
    AND at >= first_at AND at < tail AND {{asked}}
-- end

-- part firm_hours: of rows by hour those of services of which nothing came late
(hour < toDateTime(intDiv(loose_from, 1000000), 'UTC') OR (environment, service) NOT IN ({{loose}}))
-- end

-- part firm_days: of rows by day
(day < toDateTime(intDiv(loose_from, 1000000), 'UTC') OR (environment, service) NOT IN ({{loose}}))
-- end

-- part firm_cut_actions: of these
{{cut_actions}} AND {{firm_hours}}
-- end

-- part known_sums: the sums of all actions of a span, settled or not, by day
SELECT day, environment, service, policy, autonomy, {{sums}}
FROM kpi_days FINAL
WHERE {{whole_days}} AND {{firm_days}}
UNION ALL
SELECT toStartOfDay(hour), environment, service, policy, autonomy, {{sums}}
FROM kpi_hours FINAL
WHERE {{other_hours}} AND {{firm_hours}}
UNION ALL
SELECT toStartOfDay(hour), environment, service, policy, autonomy, {{sums}}
FROM
(
    {{hours_of from firm_cut_actions}}
)
UNION ALL
SELECT toStartOfDay(hour), environment, service, policy, autonomy, {{sums}}
FROM
(
    {{hours_of from live_actions}}
)
-- end

CREATE OR REPLACE VIEW kpi_bounds AS
SELECT {{bounds}} AS bounds;

-- What stands in none of these views is settled by views of its own.
CREATE OR REPLACE VIEW known_actions AS
WITH
    [{start:Int64}, 0, 0] AS bounds,
    {{bound}}
SELECT *
FROM
(
    {{live_actions}}
);

CREATE OR REPLACE VIEW live_actions AS
WITH
    {bounds:Array(Int64)} AS bounds,
    {{bound}}
SELECT *
FROM
(
    {{live_actions}}
);

-- part settled_now: the actions of whole hours that were settled at as_of
SELECT *
FROM kpi_actions
WHERE there AND settled_at = fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
    AND hour >= toDateTime(intDiv({start:Int64}, 1000000), 'UTC') AND hour < toDateTime(intDiv({end:Int64}, 1000000), 'UTC')
-- end

CREATE OR REPLACE VIEW settled_hours AS
{{hours_of from settled_now}};

CREATE OR REPLACE VIEW settled_levels AS
{{levels_of from settled_now}};

CREATE OR REPLACE VIEW known_sums AS
WITH
    {bounds:Array(Int64)} AS bounds,
    {{bound}}
SELECT *
FROM
(
    {{known_sums}}
);

CREATE OR REPLACE VIEW known_hours AS
WITH
    {bounds:Array(Int64)} AS bounds,
    {{bound}}
SELECT hour, environment, service, policy, autonomy, {{sums}}
FROM kpi_hours FINAL
WHERE hour >= hours_from AND hour < hours_until AND {{asked}} AND {{firm_hours}}
UNION ALL
SELECT hour, environment, service, policy, autonomy, {{sums}}
FROM
(
    {{hours_of from firm_cut_actions}}
)
UNION ALL
SELECT hour, environment, service, policy, autonomy, {{sums}}
FROM
(
    {{hours_of from live_actions}}
);

-- part levels_of: each first action of an agent at another level of autonomy than the one before; of those of one
-- moment the highest counts
SELECT environment, service, toDateTime(intDiv(at, 3600000000) * 3600, 'UTC') AS hour, agent, autonomy, at
FROM
(
    SELECT
        environment, service, agent, autonomy, at,
        lagInFrame(toInt16(autonomy), 1, -2) OVER actions_of AS level_before,
        lagInFrame(at, 1, -1) OVER actions_of AS before
    FROM
    (
        {{source}}
    )
    WHERE NOT human AND was_begun
    WINDOW actions_of AS (PARTITION BY environment, service, agent ORDER BY at, autonomy ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
WHERE level_before != autonomy OR intDiv(at, 3600000000) != intDiv(before, 3600000000)
-- end

-- part known_levels: the levels of all agents in a span, settled or not
SELECT environment, service, agent, autonomy, at
FROM kpi_level_days FINAL
ARRAY JOIN agent, autonomy, at
WHERE {{whole_days}} AND {{firm_days}}
UNION ALL
SELECT environment, service, agent, autonomy, at
FROM kpi_level_hours FINAL
ARRAY JOIN agent, autonomy, at
WHERE {{other_hours}} AND {{firm_hours}}
UNION ALL
SELECT environment, service, agent, autonomy, at
FROM
(
    {{levels_of from firm_cut_actions}}
)
UNION ALL
SELECT environment, service, agent, autonomy, at
FROM
(
    {{levels_of from live_actions}}
)
-- end

-- part episode_bounds: until when settled episodes may be read (0: never, as where other catalogs hold than those that
-- they were felt through), from when on not those of services of which something came, and since when that is;
-- five days before anything that came, since an episode's first recovery lies at most a day before its last, and
-- three more before what is told of that one. And the catalogs that what is settled now is felt through
(
    SELECT
        (
            [if({as_of:Int64} >= settled AND arrayFilter(one -> one < settled OR one = known[1], known) = through, until, 0), loose, trusted],
            arrayFilter(one -> one < {as_of:Int64} OR one = known[1], known)
        )
    FROM
    (
        SELECT
            toUnixTimestamp64Micro(max(settled_at)) AS settled,
            toUnixTimestamp64Micro(argMax(kpi_episode_settlings.until, settled_at)) AS until,
            toUnixTimestamp64Micro(argMax(trusted_from, settled_at)) AS trusted,
            argMax(catalogs, settled_at) AS through,
            (SELECT arraySort(groupUniqArray(toUnixTimestamp64Micro(holds_from))) FROM kpi_needs WHERE holds_from <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')) AS known,
            (
                SELECT intDiv(greatest(min(came), 432000000000) - 432000000000, 86400000000) * 86400000000
                FROM
                (
                    SELECT toInt64(4102444800000000) AS came
                    UNION ALL
                    SELECT toUnixTimestamp64Micro(since) FROM kpi_loose WHERE touched_at >= (SELECT argMax(trusted_from, settled_at) FROM kpi_episode_settlings)
                    UNION ALL
                    SELECT toUnixTimestamp64Micro(since) FROM kpi_touched WHERE touched_at >= (SELECT argMax(trusted_from, settled_at) FROM kpi_episode_settlings)
                )
            ) AS loose
        FROM kpi_episode_settlings
    )
)
-- end

-- part episode_bound: what is looked at to put together the episodes that began since live_since, those of all
-- services since live_until
live_since - 900000000 AS first_at,
{end:Int64} + 86400000000 AS end_at,
if(live_until < {end:Int64}, live_until - 900000000, end_at) AS tail,
first_at AS loose_from,
true AS of_episodes,
least(end_at + 259200000000, {as_of:Int64} + 1) AS read_until
-- end

-- part episodes_of: recoveries of a service closer together than 15 minutes, those by people apart, for a day after
-- the first: of which one is looked for by the moment it began. With what users felt and people were told, by the
-- service itself and by users of one that depends on it, by the catalog that held then (before the first one: by
-- the first). Names in it may be short
WITH
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
                    {{source}}
                )
                WHERE is_recovery
            )
        )
        WHERE at < started_at + 86400000000
        GROUP BY environment, service, human, started_at
        HAVING started_at >= live_since AND started_at < {end:Int64}
            AND (started_at >= live_until OR (environment, service) IN ({{loose}}))
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
                * EXCEPT (name_of, names),
                arrayJoin(range(toUInt64(intDiv(greatest(started_at, 900000000) - 900000000, 3600000000)), toUInt64(intDiv(greatest(recovered_at + 900000000, 0), 3600000000) + 1))) AS bucket,
                name_of AS name
            FROM (SELECT *, arrayDistinct([concat('=', service), toString(service), splitByChar('/', toString(service))[-1]]) AS names FROM episode)
            ARRAY JOIN names AS name_of
            WHERE startsWith(name_of, '=') OR name_of IN (SELECT arrayJoin(needs) FROM kpi_needs)
        ) AS episode
        LEFT JOIN
        (
            SELECT environment, concat('=', service) AS name, kind, felt, told, at, toUInt64(intDiv(at, 3600000000)) AS bucket
            FROM own
            WHERE at >= live_until - 900000000 OR (environment, service) IN ({{loose}})
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
    900000000 + if(near.recovered, greatest(near.last_at, near.recovered_at), near.last_at) AS open_until,
    open_until > {as_of:Int64} AS is_open,
    near.recovered_at + 900000000 AS closes_at,
    near.seen AS seen,
    near.felt AS felt,
    if(near.seen, near.first_symptom, near.started_at) AS since,
    near.last_told >= since AND near.last_told != 0 AS told
FROM near
-- end

-- part near_recoveries: the settled recoveries that episodes are put together from
SELECT environment, service, human, at, action_id, count, outcome, ended_at, is_recovery
FROM kpi_actions FINAL
WHERE there AND is_recovery
    AND hour >= toDateTime(intDiv(first_at, 3600000000) * 3600, 'UTC') AND hour <= toDateTime(intDiv(end_at, 3600000000) * 3600, 'UTC')
    AND at >= first_at AND at < end_at AND (at >= tail OR (environment, service) IN ({{loose}}))
-- end

CREATE OR REPLACE VIEW settling_episodes AS
WITH
    {since:Int64} AS live_since,
    {until:Int64} AS live_until,
    {trusted:Int64} AS trusted,
    {{episode_bound}}
SELECT *
FROM
(
    {{episodes_of from near_recoveries}}
);

CREATE OR REPLACE VIEW kpi_episode_bounds AS
WITH {{episode_bounds}} AS found
SELECT tupleElement(found, 1) AS bounds, tupleElement(found, 2) AS catalogs;

-- part known_episodes: episodes that began in a span, settled ones of whole hours and all others
SELECT
    environment, service, each.human AS human, each.started_at AS started_at, each.recoveries AS recoveries, each.recovered AS recovered, each.unknown AS unknown,
    each.since + each.took AS recovered_at, false AS is_open, each.seen AS seen, each.felt AS felt, each.since AS since, each.told AS told
FROM kpi_episode_hours FINAL
ARRAY JOIN each
WHERE hour >= toDateTime(intDiv({start:Int64}, 3600000000) * 3600, 'UTC')
    AND hour < toDateTime(intDiv(least({end:Int64} + 3599999999, settled_until), 3600000000) * 3600, 'UTC')
    AND NOT (hour >= days_from AND hour < days_until)
    AND {{asked}}
    AND (hour < toDateTime(intDiv(loose_since, 1000000), 'UTC') OR (environment, service) NOT IN ({{loose}}))
    AND each.started_at >= {start:Int64} AND each.started_at < {end:Int64}
UNION ALL
SELECT environment, service, human, started_at, recoveries, recovered, unknown, recovered_at, is_open, seen, felt, since, told
FROM
(
    {{episodes_of from live_actions}}
)
-- end

-- part day_episodes: sums of days of episodes that are over
SELECT
    day, environment, service,
    episodes, recoveries, unknown, toUInt64(0) AS open, unknown AS unknown_over, seen, took,
    human_episodes, human_recoveries, human_unknown, toUInt64(0) AS human_open, human_unknown AS human_unknown_over, human_seen, human_took,
    felt_told, felt_told_recovered, felt_unknown, toUInt64(0) AS felt_open, quiet_since, quiet_took
FROM kpi_episode_days FINAL
WHERE {{whole_days}}
-- end

-- part episode_sums_of: the sums by day of episodes
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
        {{source}}
    )
)
GROUP BY day, environment, service
-- end

-- part known_episode_sums: the sums of all episodes of a span by day, settled or not
{{day_episodes}}
    AND (day < toDateTime(intDiv(loose_since, 1000000), 'UTC') OR (environment, service) NOT IN ({{loose}}))
UNION ALL
{{episode_sums_of from known_episodes}}
-- end

CREATE OR REPLACE VIEW known_episodes AS
WITH
    {bounds:Array(Int64)} AS bounds,
    bounds[1] AS settled_until,
    bounds[2] AS loose_since,
    bounds[3] AS trusted,
    greatest({start:Int64}, least({end:Int64}, settled_until)) AS live_until,
    least(greatest({start:Int64}, loose_since), live_until) AS live_since,
    toDateTime(0, 'UTC') AS days_from,
    toDateTime(0, 'UTC') AS days_until,
    {{episode_bound}}
SELECT *
FROM
(
    {{known_episodes}}
);

-- part first_alerts: the first alerts of the days of a span and of the 31 before, by environment, microseconds UTC
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
GROUP BY environment
-- end

CREATE OR REPLACE VIEW kpi_first_alerts AS
{{first_alerts}};

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

-- part figures: the rows of KPIs. A row is: name, of, unit, numerator, denominator, amount where it is no share, of how
-- many that is known, unknown, open, of how many there is any, and the kind of what `of` names. An empty denominator
-- makes a share and its bounds NULL; these are Wilson's at 95 %
SELECT
    of_environment,
    of_service,
    row.1 AS name,
    row.2 AS of,
    row.3 AS unit,
    multiIf(is_known, share, row.7 > 0, toNullable(row.6), NULL) AS value,
    if(is_known, greatest(0., middle - spread), NULL) AS low,
    if(is_known, least(1., middle + spread), NULL) AS high,
    numerator,
    denominator,
    toUInt64(row.8) AS unknown,
    toUInt64(row.9) AS open
FROM
(
    SELECT
        of_environment, of_service, row,
        toFloat64(row.4) AS numerator,
        toFloat64(row.5) AS denominator,
        3.8414588206941254 / denominator AS z,
        numerator / denominator AS share,
        (share + z / 2) / (1 + z) AS middle,
        1.959963984540054 * sqrt(share * (1 - share) / denominator + z / (4 * denominator)) / (1 + z) AS spread,
        row.3 = 'share' AND denominator > 0 AS is_known
    FROM
    (
        {{source}}
    )
    WHERE row.10 > 0 AND row.11 = kind
)
-- end

-- part counted_actions: of actions: how many recoveries there were and how they went, what they cost; in all, by
-- policy and by level
SELECT
    *,
    good_verified + good_believed + bad_verified + bad_believed AS known,
    known + unknown + open AS total,
    sum(actions) OVER (PARTITION BY of_environment, of_service, part.1) AS all_actions,
    part.1 AS kind
FROM
(
    SELECT
        of_environment, of_service,
        arrayJoin([('', ''), ('policy', toString(policy)), ('level', if(autonomy < 0, 'unknown', toString(autonomy)))]) AS part,
        sum(sums.actions) AS actions, sum(sums.healed) AS healed, sum(sums.human_healed) AS human_healed, sum(sums.good_verified) AS good_verified, sum(sums.good_believed) AS good_believed, sum(sums.bad_verified) AS bad_verified, sum(sums.bad_believed) AS bad_believed, sum(sums.unknown) AS unknown, sum(sums.open) AS open, sum(sums.ineffective) AS ineffective, sum(sums.human_recoveries) AS human_recoveries, sum(sums.human_unknown) AS human_unknown, sum(sums.human_open) AS human_open, sum(sums.timed) AS timed, sum(sums.timeless_open) AS timeless_open, sum(sums.sized) AS sized, sum(sums.sizeless_open) AS sizeless_open, sum(sums.spent_time) AS spent_time, sum(sums.spent_replica_time) AS spent_replica_time, sum(sums.judged) AS judged, sum(sums.weighed) AS weighed, sum(sums.unneeded) AS unneeded, sum(sums.weighed_unknown) AS weighed_unknown, sum(sums.weighed_open) AS weighed_open
    FROM
    (
        SELECT
            if({per_service:UInt8} = 1, environment, '') AS of_environment, if({per_service:UInt8} = 1, service, '') AS of_service,
            policy, autonomy,
            sum(sums.actions) AS actions, sum(sums.healed) AS healed, sum(sums.human_healed) AS human_healed, sum(sums.good_verified) AS good_verified, sum(sums.good_believed) AS good_believed, sum(sums.bad_verified) AS bad_verified, sum(sums.bad_believed) AS bad_believed, sum(sums.unknown) AS unknown, sum(sums.open) AS open, sum(sums.ineffective) AS ineffective, sum(sums.human_recoveries) AS human_recoveries, sum(sums.human_unknown) AS human_unknown, sum(sums.human_open) AS human_open, sum(sums.timed) AS timed, sum(sums.timeless_open) AS timeless_open, sum(sums.sized) AS sized, sum(sums.sizeless_open) AS sizeless_open, sum(sums.spent_time) AS spent_time, sum(sums.spent_replica_time) AS spent_replica_time, sum(sums.judged) AS judged, sum(sums.weighed) AS weighed, sum(sums.unneeded) AS unneeded, sum(sums.weighed_unknown) AS weighed_unknown, sum(sums.weighed_open) AS weighed_open
        FROM
        (
            {{source}}
        ) AS sums
        GROUP BY of_environment, of_service, policy, autonomy
    ) AS sums
    GROUP BY of_environment, of_service, part
    HAVING part != ('policy', '')
)
-- end

-- part success_rows: what is told of how automated recoveries went
[
    ('auto_recovery_success', '', 'share', toUInt64(good_verified + good_believed), toUInt64(known), 0., toUInt64(0), toUInt64(unknown), toUInt64(open), toUInt64(healed), ''),
    ('auto_recovery_success', 'verified', 'share', toUInt64(good_verified), toUInt64(good_verified + bad_verified), 0., toUInt64(0), toUInt64(unknown), toUInt64(open), toUInt64(healed), ''),
    ('auto_recovery_success', 'believed', 'share', toUInt64(good_believed), toUInt64(good_believed + bad_believed), 0., toUInt64(0), toUInt64(unknown), toUInt64(open), toUInt64(healed), '')
]
-- end

-- part recoveries_rows: what is told of how many there were
[
    ('recoveries', '', 'recoveries', toUInt64(total), toUInt64(healed), toFloat64(total), toUInt64(1), toUInt64(unknown), toUInt64(open), toUInt64(healed), ''),
    ('recoveries', 'human', 'recoveries', toUInt64(human_recoveries), toUInt64(human_healed), toFloat64(human_recoveries), toUInt64(1), toUInt64(human_unknown), toUInt64(human_open), toUInt64(human_healed), '')
]
-- end

-- part cost_rows: what is told of what they cost
[
    ('automation_cost', 'seconds', 'seconds', toUInt64(timed), toUInt64(total), spent_time / 1000000, toUInt64(timed), toUInt64(total - timed - timeless_open), toUInt64(timeless_open), toUInt64(healed), ''),
    ('automation_cost', 'replica seconds', 'seconds', toUInt64(sized), toUInt64(total), spent_replica_time / 1000000, toUInt64(sized), toUInt64(total - sized - sizeless_open), toUInt64(sizeless_open), toUInt64(healed), '')
]
-- end

-- part ineffective_rows: what is told of policies that did not help
[
    ('ineffective', part.2, 'share', toUInt64(ineffective), toUInt64(known), 0., toUInt64(0), toUInt64(unknown), toUInt64(open), toUInt64(healed), 'policy')
]
-- end

-- part unnecessary_rows: what is told of policies that were not needed
[
    ('unnecessary', part.2, 'share', toUInt64(unneeded), toUInt64(weighed), 0., toUInt64(0), toUInt64(weighed_unknown), toUInt64(weighed_open), toUInt64(judged), 'policy')
]
-- end

-- part autonomy_rows: what is told of levels of autonomy
[
    ('autonomy', part.2, 'share', toUInt64(actions), toUInt64(all_actions), 0., toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(actions), 'level')
]
-- end

-- part known_action_rows: rows of these
SELECT of_environment, of_service, kind, arrayJoin(arrayConcat({{success_rows}}, {{recoveries_rows}}, {{cost_rows}}, {{ineffective_rows}}, {{unnecessary_rows}}, {{autonomy_rows}})) AS row
FROM
(
    {{counted_actions from known_sums}}
)
-- end

-- The rows of each KPI: one for everything, or for each service where per_service = 1, and for what `of` names. Of all
-- KPIs that are made of the same at once, with the bounds of kpi_bounds or kpi_episode_bounds, and of each alone.
CREATE OR REPLACE VIEW kpi_of_actions AS
WITH
    {bounds:Array(Int64)} AS bounds,
    {{bound}}
SELECT *
FROM
(
    {{figures from known_action_rows}}
);

-- part settled: until when all is settled: [settled_at, days_until, episode_days_until]. What was known earlier is not told
(
    SELECT [toUnixTimestamp64Micro(max(kpi_settled.settled_at)), toUnixTimestamp64Micro(argMax(days_until, kpi_settled.settled_at)), toUnixTimestamp64Micro(argMax(episode_days_until, kpi_settled.settled_at)) + throwIf(least(max(kpi_settled.settled_at), argMax(newest, kpi_settled.settled_at)) > fromUnixTimestamp64Micro({as_of:Int64}, 'UTC'), 'this tells what is known now: let as_of be now or later; overheal kpis --as-of tells what was known before') + throwIf(count() = 0, 'the KPIs of this store are not settled yet, which a worker does every minute; overheal kpis tells them before')]
    FROM kpi_settled
)
-- end

-- part settled_bound: what these are called, and the whole days and hours of the span
{start:Int64} AS first_at,
{end:Int64} AS tail,
{{settled}} AS settled,
{{whole}},
toDateTime(intDiv(least(tail, settled[2]), 86400000000) * 86400, 'UTC') AS days_until
-- end

-- part settled_sums: the sums of all actions of a span
SELECT environment, service, policy, autonomy, {{sums}}
FROM kpi_days FINAL
WHERE {{whole_days}}
UNION ALL
SELECT environment, service, policy, autonomy, {{sums}}
FROM kpi_hours FINAL
WHERE {{other_hours}}
UNION ALL
SELECT environment, service, policy, autonomy, {{sums}}
FROM
(
    {{hours_of from cut_actions}}
)
-- end

-- part settled_levels: the levels of all agents in a span
SELECT environment, service, agent, autonomy, at
FROM kpi_level_days FINAL
ARRAY JOIN agent, autonomy, at
WHERE {{whole_days}}
UNION ALL
SELECT environment, service, agent, autonomy, at
FROM kpi_level_hours FINAL
ARRAY JOIN agent, autonomy, at
WHERE {{other_hours}}
UNION ALL
SELECT environment, service, agent, autonomy, at
FROM
(
    {{levels_of from cut_actions}}
)
-- end

-- part settled_episodes: the episodes that began in a span
SELECT
    environment, service, one.human AS human, one.started_at AS started_at, one.recoveries AS recoveries, one.recovered AS recovered, one.unknown AS unknown,
    one.since + one.took AS recovered_at, over_at > {as_of:Int64} AS is_open, one.seen AS seen, one.felt AS felt, one.since AS since, one.told AS told
FROM kpi_episode_hours FINAL
ARRAY JOIN each AS one, arrayResize(open_until, length(each)) AS over_at
WHERE hour >= toDateTime(intDiv({start:Int64}, 3600000000) * 3600, 'UTC') AND hour <= hours_until
    AND NOT (hour >= days_from AND hour < days_until) AND {{asked}}
    AND started_at >= {start:Int64} AND started_at < {end:Int64}
-- end

-- part episodes_bound: the same for episodes, of which days are settled later
{start:Int64} AS first_at,
{end:Int64} AS tail,
{{settled}} AS settled,
{{whole}},
toDateTime(intDiv(least(tail, settled[3]), 86400000000) * 86400, 'UTC') AS days_until
-- end

-- part settled_action_rows: rows of these
SELECT of_environment, of_service, kind, arrayJoin(arrayConcat({{success_rows}}, {{recoveries_rows}}, {{cost_rows}}, {{ineffective_rows}}, {{unnecessary_rows}}, {{autonomy_rows}})) AS row
FROM
(
    {{counted_actions from settled_sums}}
)
-- end

CREATE OR REPLACE VIEW kpi_settled_actions AS
WITH {{settled_bound}}
SELECT *
FROM
(
    {{figures from settled_action_rows}}
);

-- part settled_success: rows of these
SELECT of_environment, of_service, kind, arrayJoin({{success_rows}}) AS row
FROM
(
    {{counted_actions from settled_sums}}
)
-- end

CREATE OR REPLACE VIEW kpi_auto_recovery_success AS
WITH {{settled_bound}}
SELECT *
FROM
(
    {{figures from settled_success}}
);

-- part settled_recoveries: rows of these
SELECT of_environment, of_service, kind, arrayJoin({{recoveries_rows}}) AS row
FROM
(
    {{counted_actions from settled_sums}}
)
-- end

CREATE OR REPLACE VIEW kpi_recovery_frequency AS
WITH {{settled_bound}}
SELECT *
FROM
(
    {{figures from settled_recoveries}}
);

-- part settled_cost: rows of these
SELECT of_environment, of_service, kind, arrayJoin({{cost_rows}}) AS row
FROM
(
    {{counted_actions from settled_sums}}
)
-- end

CREATE OR REPLACE VIEW kpi_cost AS
WITH {{settled_bound}}
SELECT *
FROM
(
    {{figures from settled_cost}}
);

-- part settled_ineffective: rows of these
SELECT of_environment, of_service, kind, arrayJoin({{ineffective_rows}}) AS row
FROM
(
    {{counted_actions from settled_sums}}
)
-- end

CREATE OR REPLACE VIEW kpi_ineffective AS
WITH {{settled_bound}}
SELECT *
FROM
(
    {{figures from settled_ineffective}}
);

-- part settled_unnecessary: rows of these
SELECT of_environment, of_service, kind, arrayJoin({{unnecessary_rows}}) AS row
FROM
(
    {{counted_actions from settled_sums}}
)
-- end

CREATE OR REPLACE VIEW kpi_unnecessary AS
WITH {{settled_bound}}
SELECT *
FROM
(
    {{figures from settled_unnecessary}}
);

-- part settled_autonomy: rows of these
SELECT of_environment, of_service, kind, arrayJoin({{autonomy_rows}}) AS row
FROM
(
    {{counted_actions from settled_sums}}
)
-- end

CREATE OR REPLACE VIEW kpi_autonomy AS
WITH {{settled_bound}}
SELECT *
FROM
(
    {{figures from settled_autonomy}}
);

CREATE OR REPLACE VIEW kpi_settled_levels AS
WITH {{settled_bound}}
SELECT *
FROM
(
    {{of_levels from settled_levels}}
);

-- part of_levels: how long agents were at a level of autonomy
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
    SELECT
        environment, service, agent,
        arrayJoin(arrayZip(points, arrayPopFront(arrayDifference(arrayPushBack(arrayMap(one -> bitShiftRight(one, 3), points), until))))) AS span,
        toInt64(bitAnd(span.1, 7)) - 1 AS level,
        span.2 AS held
    FROM
    (
        -- A moment and a level are one number, which is sorted in half the time.
        SELECT environment, service, agent, least({end:Int64}, {as_of:Int64}) AS until, arraySort(groupArray(at * 8 + autonomy + 1)) AS points
        FROM
        (
            {{source}}
        )
        GROUP BY environment, service, agent
    )
)
GROUP BY of_environment, of_service, level
-- end

CREATE OR REPLACE VIEW kpi_of_levels AS
WITH
    {bounds:Array(Int64)} AS bounds,
    {{bound}}
SELECT *
FROM
(
    {{of_levels from known_levels}}
);

CREATE OR REPLACE VIEW kpi_autonomy_time AS
WITH {{settled_bound}}
SELECT *
FROM
(
    {{of_levels from settled_levels}}
);

-- part counted_episodes: of episodes: how many there were, how long they took, and what of them was hidden
SELECT
    *,
    toUInt64(felt_told_recovered + hidden) AS sure,
    toUInt64(felt_unknown + quiet_recovered - hidden) AS unsure,
    felt_told + quiet AS hurt,
    felt_told + connected_ones AS connected
FROM
(
    SELECT
        of_environment,
        of_service,
        sum(days.episodes) AS episodes, sum(days.recoveries) AS recoveries, sum(days.unknown) AS unknown, sum(days.open) AS open, sum(days.unknown_over) AS unknown_over, sum(days.seen) AS seen, sum(days.human_episodes) AS human_episodes, sum(days.human_recoveries) AS human_recoveries, sum(days.human_unknown) AS human_unknown, sum(days.human_open) AS human_open, sum(days.human_unknown_over) AS human_unknown_over, sum(days.human_seen) AS human_seen, sum(days.felt_told) AS felt_told, sum(days.felt_told_recovered) AS felt_told_recovered, sum(days.felt_unknown) AS felt_unknown, sum(days.felt_open) AS felt_open,
        quantilesExactArrayMerge(0.5, 0.9)(days.took) AS lasted,
        quantilesExactArrayMerge(0.5, 0.9)(days.human_took) AS human_lasted,
        sum(days.measured) AS measured,
        sum(days.human_measured) AS human_measured,
        sum(length(since_ones)) AS quiet,
        sum(of_recovered) AS quiet_recovered,
        sum(of_connected) AS connected_ones,
        sum(of_hidden) AS hidden,
        sum(of_hidden_time) AS hidden_time
    FROM
    (
        SELECT
            *,
            if(always, length(since_ones), arrayCount(doubtful)) AS of_connected,
            if(always, of_recovered, arrayCount((one, heard) -> one >= 0 AND heard, doubtful_took, doubtful)) AS of_hidden,
            if(always, arraySum(one -> greatest(one, 0), took_ones), arraySum((one, heard) -> if(heard, greatest(one, 0), 0), doubtful_took, doubtful)) AS of_hidden_time
        FROM
        (
            SELECT
                *,
                if(always, [], took_ones) AS doubtful_took,
                arrayMap(one -> arrayExists(at -> at <= one AND at > one - 2592000000000, firsts), if(always, [], since_ones)) AS doubtful
            FROM
            (
                SELECT
                    sums.*,
                    alerts.firsts AS firsts,
                    arrayCount(one -> one >= 0, took_ones) AS of_recovered,
                    arrayExists(at -> at <= began - 900000000 AND at > began - 2505600000000, firsts) AS always
        FROM
        (
            SELECT
                if({per_service:UInt8} = 1, environment, '') AS of_environment, if({per_service:UInt8} = 1, service, '') AS of_service,
                environment,
                toInt64(toUnixTimestamp(day)) * 1000000 AS began,
                sum(each_day.episodes) AS episodes, sum(each_day.recoveries) AS recoveries, sum(each_day.unknown) AS unknown, sum(each_day.open) AS open, sum(each_day.unknown_over) AS unknown_over, sum(each_day.seen) AS seen, sum(each_day.human_episodes) AS human_episodes, sum(each_day.human_recoveries) AS human_recoveries, sum(each_day.human_unknown) AS human_unknown, sum(each_day.human_open) AS human_open, sum(each_day.human_unknown_over) AS human_unknown_over, sum(each_day.human_seen) AS human_seen, sum(each_day.felt_told) AS felt_told, sum(each_day.felt_told_recovered) AS felt_told_recovered, sum(each_day.felt_unknown) AS felt_unknown, sum(each_day.felt_open) AS felt_open,
                quantilesExactArrayState(0.5, 0.9)(each_day.took) AS took,
                quantilesExactArrayState(0.5, 0.9)(each_day.human_took) AS human_took,
                sum(length(each_day.took)) AS measured,
                sum(length(each_day.human_took)) AS human_measured,
                groupArrayArray(quiet_since) AS since_ones,
                groupArrayArray(quiet_took) AS took_ones
            FROM
            (
                {{source}}
            ) AS each_day
            GROUP BY of_environment, of_service, environment, began
        ) AS sums
        LEFT JOIN
        (
            {{first_alerts}}
        ) AS alerts ON alerts.environment = sums.environment
            )
        )
    ) AS days
    GROUP BY of_environment, of_service
)
-- end

-- part episode_rows: what is told of how many there were
[
    ('episodes', '', 'episodes', toUInt64(episodes), toUInt64(recoveries), toFloat64(episodes), toUInt64(1), toUInt64(unknown), toUInt64(open), toUInt64(episodes), ''),
    ('episodes', 'human', 'episodes', toUInt64(human_episodes), toUInt64(human_recoveries), toFloat64(human_episodes), toUInt64(1), toUInt64(human_unknown), toUInt64(human_open), toUInt64(human_episodes), '')
]
-- end

-- part time_rows: how long they took
[
    ('mttr', 'automatic p50', 'seconds', toUInt64(seen), toUInt64(measured), lasted[1] / 1000000, toUInt64(measured), toUInt64(unknown_over), toUInt64(open), toUInt64(episodes), ''),
    ('mttr', 'automatic p90', 'seconds', toUInt64(seen), toUInt64(measured), lasted[2] / 1000000, toUInt64(measured), toUInt64(unknown_over), toUInt64(open), toUInt64(episodes), ''),
    ('mttr', 'human p50', 'seconds', toUInt64(human_seen), toUInt64(human_measured), human_lasted[1] / 1000000, toUInt64(human_measured), toUInt64(human_unknown_over), toUInt64(human_open), toUInt64(human_episodes), ''),
    ('mttr', 'human p90', 'seconds', toUInt64(human_seen), toUInt64(human_measured), human_lasted[2] / 1000000, toUInt64(human_measured), toUInt64(human_unknown_over), toUInt64(human_open), toUInt64(human_episodes), '')
]
-- end

-- part hidden_rows: what was hidden
[
    ('hidden_incidents', '', 'incidents', toUInt64(hidden), toUInt64(sure), toFloat64(hidden), toUInt64(connected), toUInt64(unsure), toUInt64(felt_open), toUInt64(hurt), ''),
    ('hidden_minutes', '', 'minutes', toUInt64(hidden), toUInt64(sure), hidden_time / 60000000, toUInt64(connected), toUInt64(unsure), toUInt64(felt_open), toUInt64(hurt), ''),
    ('masking_ratio', '', 'share', toUInt64(hidden), toUInt64(sure), 0., toUInt64(0), toUInt64(unsure), toUInt64(felt_open), toUInt64(hurt), '')
]
-- end

-- part known_episode_rows: rows of these
SELECT of_environment, of_service, '' AS kind, arrayJoin(arrayConcat({{episode_rows}}, {{time_rows}}, {{hidden_rows}})) AS row
FROM
(
    {{counted_episodes from known_episode_sums}}
)
-- end

CREATE OR REPLACE VIEW kpi_of_episodes AS
WITH
    {bounds:Array(Int64)} AS bounds,
    bounds[1] AS settled_until,
    bounds[2] AS loose_since,
    bounds[3] AS trusted,
    greatest({start:Int64}, least({end:Int64}, settled_until)) AS live_until,
    least(greatest({start:Int64}, loose_since), live_until) AS live_since,
    toDateTime(intDiv({start:Int64} + 86399999999, 86400000000) * 86400, 'UTC') AS days_from,
    toDateTime(intDiv(least({end:Int64}, settled_until), 86400000000) * 86400, 'UTC') AS days_until,
    {{episode_bound}}
SELECT *
FROM
(
    {{figures from known_episode_rows}}
);

-- part settled_episode_sums: the sums of all episodes of a span by day
{{day_episodes}}
UNION ALL
{{episode_sums_of from settled_episodes}}
-- end

-- part settled_episode_rows: rows of these
SELECT of_environment, of_service, '' AS kind, arrayJoin(arrayConcat({{episode_rows}}, {{time_rows}}, {{hidden_rows}})) AS row
FROM
(
    {{counted_episodes from settled_episode_sums}}
)
-- end

CREATE OR REPLACE VIEW kpi_settled_episodes AS
WITH {{episodes_bound}}
SELECT *
FROM
(
    {{figures from settled_episode_rows}}
);

-- part settled_counts: rows of these
SELECT of_environment, of_service, '' AS kind, arrayJoin({{episode_rows}}) AS row
FROM
(
    {{counted_episodes from settled_episode_sums}}
)
-- end

CREATE OR REPLACE VIEW kpi_episodes AS
WITH {{episodes_bound}}
SELECT *
FROM
(
    {{figures from settled_counts}}
);

-- part counted_times: {{counted_episodes}} as far as it says how long they took, without putting them together by day
SELECT
    if({per_service:UInt8} = 1, environment, '') AS of_environment, if({per_service:UInt8} = 1, service, '') AS of_service,
    sum(each_day.episodes) AS episodes,
    sum(each_day.unknown_over) AS unknown_over,
    sum(each_day.open) AS open,
    sum(each_day.seen) AS seen,
    sum(each_day.human_episodes) AS human_episodes,
    sum(each_day.human_unknown_over) AS human_unknown_over,
    sum(each_day.human_open) AS human_open,
    sum(each_day.human_seen) AS human_seen,
    quantilesExactArray(0.5, 0.9)(each_day.took) AS lasted,
    quantilesExactArray(0.5, 0.9)(each_day.human_took) AS human_lasted,
    sum(length(each_day.took)) AS measured,
    sum(length(each_day.human_took)) AS human_measured
FROM
(
    {{source}}
) AS each_day
GROUP BY of_environment, of_service
-- end

-- part settled_times: rows of these
SELECT of_environment, of_service, '' AS kind, arrayJoin({{time_rows}}) AS row
FROM
(
    {{counted_times from settled_episode_sums}}
)
-- end

CREATE OR REPLACE VIEW kpi_mttr AS
WITH {{episodes_bound}}
SELECT *
FROM
(
    {{figures from settled_times}}
);

-- part settled_hidden: rows of these
SELECT of_environment, of_service, '' AS kind, arrayJoin({{hidden_rows}}) AS row
FROM
(
    {{counted_episodes from settled_episode_sums}}
)
-- end

CREATE OR REPLACE VIEW kpi_hidden_incidents AS
WITH {{episodes_bound}}
SELECT *
FROM
(
    {{figures from settled_hidden}}
);

-- part on_call_rows: how often people were paged, and how much of it had been foretold
SELECT
    of_environment, of_service, '' AS kind,
    arrayJoin([
        ('on_call_incidents', '', 'incidents', toUInt64(foretold), toUInt64(incidents), toFloat64(incidents), toUInt64(1), toUInt64(0), toUInt64(0), toUInt64(incidents), ''),
        ('on_call_foretold', '', 'share', toUInt64(foretold), toUInt64(incidents), 0., toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(incidents), '')
    ]) AS row
FROM
(
    SELECT
        if({per_service:UInt8} = 1, environment, '') AS of_environment, if({per_service:UInt8} = 1, service, '') AS of_service,
        sum(length(opened)) AS incidents,
        sum(arrayCount(at -> arrayExists(one -> one.1 <= at AND one.2 >= at, finding.spans), opened)) AS foretold
    FROM
    (
        SELECT
            environment,
            service,
            arraySort(groupArray(toUnixTimestamp64Micro(time))) AS moments,
            arrayFilter((at, before) -> at - before >= 900000000 AND at >= {start:Int64}, moments, arrayPushFront(arrayPopBack(moments), -900000000)) AS opened
        FROM signal_facts
        WHERE kind = 'page' AND NOT ours AND drill = ''
            AND time >= fromUnixTimestamp64Micro(greatest({start:Int64}, 86400000000) - 86400000000, 'UTC')
            AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
            AND time <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
            AND {{asked}}
        GROUP BY environment, service
        HAVING length(opened) > 0
    ) AS page
    LEFT JOIN
    (
        SELECT
            environment,
            service,
            groupArray((toUnixTimestamp64Micro(detected_at), ifNull(toUnixTimestamp64Micro(resolved_at), 9223372036854775807))) AS spans
        FROM findings_current
        WHERE tier > 1 AND status != 'retracted'
        GROUP BY environment, service
    ) AS finding ON finding.environment = page.environment AND finding.service = page.service
    GROUP BY of_environment, of_service
)
-- end

CREATE OR REPLACE VIEW kpi_on_call AS
{{figures from on_call_rows}};

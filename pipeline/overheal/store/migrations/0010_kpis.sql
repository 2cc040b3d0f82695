-- What the KPIs are counted from: a narrow copy of every action event and of what users and people
-- were told, filled by the insert itself, and views that group it by action. A row that comes twice
-- changes no minimum and no maximum. Nothing here expires: counts outlive the events.

CREATE TABLE IF NOT EXISTS action_facts
(
    environment LowCardinality(String),
    service LowCardinality(String),
    time DateTime64(6, 'UTC') COMMENT 'event time',
    action UInt64 COMMENT 'hash of the action''s id',
    event UInt64 COMMENT 'hash of source and id',
    rank UInt8 COMMENT 'phase: 3 rejected, 4 started, 5 finished, 6 verified',
    action_id String CODEC(ZSTD(1)),
    agent LowCardinality(String),
    agent_kind LowCardinality(String),
    type LowCardinality(String),
    policy LowCardinality(String),
    autonomy Int8 COMMENT '-1: unknown',
    recovery Bool COMMENT 'what the contract says of this event alone',
    drill LowCardinality(String),
    count UInt64 COMMENT 'occurrences it stands for',
    outcome LowCardinality(String),
    verified Bool COMMENT 'the outcome was looked at, not only believed',
    duration Nullable(Int64) COMMENT 'microseconds',
    replicas Nullable(Float64),
    user_visible Bool,
    alerted Bool COMMENT 'somebody was told, as the action itself says',
    unneeded Bool COMMENT 'rejected because there was nothing to do',
    late Bool,
    received_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (environment, service, time, action, event)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS action_facts_fed TO action_facts AS
WITH
    JSONExtract
    (
        document,
        'data',
        'Tuple(agent Tuple(autonomy_level Nullable(Int8)), action Tuple(policy Tuple(id String)), actual Tuple(verified Nullable(Bool)), impact Tuple(alerted Nullable(Bool)), before Tuple(replicas Nullable(Float64)), after Tuple(replicas Nullable(Float64)), authority Tuple(decision String))'
    ) AS said
SELECT
    environment,
    service,
    time,
    sipHash64(action_id) AS action,
    sipHash64(source, id) AS event,
    indexOf(['proposed', 'approved', 'rejected', 'started', 'finished', 'verified'], toString(phase)) AS rank,
    action_id,
    agent,
    agent_kind,
    type,
    said.action.policy.id AS policy,
    ifNull(said.agent.autonomy_level, -1) AS autonomy,
    recovery,
    drill,
    count,
    outcome,
    phase = 'verified' OR ifNull(said.actual.verified, false) AS verified,
    if(isNull(duration), NULL, toInt64(round(least(assumeNotNull(duration), 1e12) * 1000000))) AS duration,
    ifNull(said.after.replicas, said.before.replicas) AS replicas,
    user_visible,
    ifNull(said.impact.alerted, false) AS alerted,
    phase = 'rejected' AND said.authority.decision IN ('', 'reject') AND multiSearchAny(lower(condition), ['unnecessary', 'not necessary', 'not needed', 'no need']) AS unneeded,
    late,
    received_at
FROM action_events
WHERE phase IN ('rejected', 'started', 'finished', 'verified') AND witness_of = '';

-- What users felt and what people were told, from observations and from actions.
CREATE TABLE IF NOT EXISTS signal_facts
(
    kind LowCardinality(String) COMMENT 'symptom, alert, page, or action: said by an action',
    environment LowCardinality(String),
    service LowCardinality(String),
    time DateTime64(6, 'UTC'),
    event UInt64 COMMENT 'hash of source and id',
    felt Bool COMMENT 'users felt it',
    told Bool COMMENT 'somebody was told',
    ours Bool COMMENT 'it was overheal that told',
    drill LowCardinality(String)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (kind, environment, service, time, event)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS signal_facts_fed TO signal_facts AS
SELECT
    type AS kind,
    environment,
    service,
    time,
    sipHash64(source, id) AS event,
    user_visible AS felt,
    type IN ('alert', 'page') AS told,
    agent = 'overheal' OR source = 'urn:overheal' OR startsWith(source, 'urn:overheal:') AS ours,
    drill
FROM observations
WHERE (type IN ('symptom', 'alert', 'page') OR user_visible)
    AND lower(JSONExtractString(document, 'data', 'status')) NOT IN ('resolved', 'ok', 'inactive', 'closed', 'cleared', 'normal', 'healthy');

CREATE MATERIALIZED VIEW IF NOT EXISTS signal_facts_fed_by_actions TO signal_facts AS
SELECT
    'action' AS kind,
    environment,
    service,
    time,
    sipHash64(source, id) AS event,
    user_visible AS felt,
    JSONExtractBool(document, 'data', 'impact', 'alerted') AS told,
    false AS ours,
    drill
FROM action_events
WHERE witness_of = '' AND (user_visible OR JSONExtractBool(document, 'data', 'impact', 'alerted'));

-- Outcomes that the flow judged otherwise than they were reported; the row written last stands.
CREATE TABLE IF NOT EXISTS outcome_restatements
(
    environment LowCardinality(String),
    service String,
    action_id String,
    decided_by String COMMENT 'id of the event that showed it',
    decided_at DateTime64(6, 'UTC') COMMENT 'event time at which it showed',
    was LowCardinality(String),
    becomes LowCardinality(String),
    count UInt64 COMMENT 'recoveries',
    reason String,
    withdrawn Bool COMMENT 'late events showed that it was not so',
    written_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree
ORDER BY (environment, service, action_id, decided_by)
SETTINGS non_replicated_deduplication_window = 10000;

-- What is stored already; rows that the views above have brought since are the same rows.
INSERT INTO action_facts
WITH
    JSONExtract
    (
        document,
        'data',
        'Tuple(agent Tuple(autonomy_level Nullable(Int8)), action Tuple(policy Tuple(id String)), actual Tuple(verified Nullable(Bool)), impact Tuple(alerted Nullable(Bool)), before Tuple(replicas Nullable(Float64)), after Tuple(replicas Nullable(Float64)), authority Tuple(decision String))'
    ) AS said
SELECT
    environment,
    service,
    time,
    sipHash64(action_id) AS action,
    sipHash64(source, id) AS event,
    indexOf(['proposed', 'approved', 'rejected', 'started', 'finished', 'verified'], toString(phase)) AS rank,
    action_id,
    agent,
    agent_kind,
    type,
    said.action.policy.id AS policy,
    ifNull(said.agent.autonomy_level, -1) AS autonomy,
    recovery,
    drill,
    count,
    outcome,
    phase = 'verified' OR ifNull(said.actual.verified, false) AS verified,
    if(isNull(duration), NULL, toInt64(round(least(assumeNotNull(duration), 1e12) * 1000000))) AS duration,
    ifNull(said.after.replicas, said.before.replicas) AS replicas,
    user_visible,
    ifNull(said.impact.alerted, false) AS alerted,
    phase = 'rejected' AND said.authority.decision IN ('', 'reject') AND multiSearchAny(lower(condition), ['unnecessary', 'not necessary', 'not needed', 'no need']) AS unneeded,
    late,
    received_at
FROM action_events
WHERE phase IN ('rejected', 'started', 'finished', 'verified') AND witness_of = ''
SETTINGS max_partitions_per_insert_block = 0, async_insert = 0;

INSERT INTO signal_facts
SELECT
    type AS kind,
    environment,
    service,
    time,
    sipHash64(source, id) AS event,
    user_visible AS felt,
    type IN ('alert', 'page') AS told,
    agent = 'overheal' OR source = 'urn:overheal' OR startsWith(source, 'urn:overheal:') AS ours,
    drill
FROM observations
WHERE (type IN ('symptom', 'alert', 'page') OR user_visible)
    AND lower(JSONExtractString(document, 'data', 'status')) NOT IN ('resolved', 'ok', 'inactive', 'closed', 'cleared', 'normal', 'healthy')
SETTINGS max_partitions_per_insert_block = 0, async_insert = 0;

INSERT INTO signal_facts
SELECT
    'action' AS kind,
    environment,
    service,
    time,
    sipHash64(source, id) AS event,
    user_visible AS felt,
    JSONExtractBool(document, 'data', 'impact', 'alerted') AS told,
    false AS ours,
    drill
FROM action_events
WHERE witness_of = '' AND (user_visible OR JSONExtractBool(document, 'data', 'impact', 'alerted'))
SETTINGS max_partitions_per_insert_block = 0, async_insert = 0;

-- Actions as they stand, each once, of which one is looked for by the moment it began: start ≤ at <
-- end, microseconds UTC. Only what had happened by as_of is known. '' is every service, or every
-- environment; a short name is that of every service that ends so. What is told of an action more
-- than a day after it began is not taken. Drills are not among them.
CREATE OR REPLACE VIEW known_actions AS
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
    action.duration AS duration,
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
    WHERE time >= fromUnixTimestamp64Micro(greatest({start:Int64}, 86400000000) - 86400000000, 'UTC')
        AND time < fromUnixTimestamp64Micro({end:Int64} + 86400000000, 'UTC')
        AND time <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
        AND ({environment:String} = '' OR environment = {environment:String})
        AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
    GROUP BY environment, service, action
) AS action
LEFT JOIN
(
    SELECT DISTINCT environment, service, sipHash64(action_id) AS action, true AS known
    FROM outcome_restatements FINAL
    WHERE NOT withdrawn AND decided_at <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
) AS restated ON restated.environment = action.environment AND restated.service = action.service AND restated.action = action.action
WHERE NOT action.drilled AND (action.was_begun OR action.unneeded)
    AND action.at >= {start:Int64} AND action.at < {end:Int64};

-- Recoveries of a service closer together than 15 minutes, those by people apart, with what users
-- felt and what anybody was told; of which one is looked for by the moment it began. Alerts are
-- connected where one came in the 30 days before.
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
    episode AS
    (
        SELECT
            environment,
            service,
            human,
            min(at) AS started_at,
            max(at) AS last_at,
            sum(count) AS recoveries,
            count() AS actions,
            argMax(outcome, (at, action_id)) AS outcome,
            greatest(argMax(ifNull(ended_at, at), (at, action_id)), last_at) AS recovered_at
        FROM
        (
            SELECT
                *,
                sum(opens) OVER (PARTITION BY environment, service, human ORDER BY at, action_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS number
            FROM
            (
                SELECT
                    environment, service, human, at, action_id, count, outcome, ended_at,
                    at - lagInFrame(at, 1, -900000000) OVER (PARTITION BY environment, service, human ORDER BY at, action_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) >= 900000000 AS opens
                FROM known_actions(start = {start:Int64} - 3600000000, end = {end:Int64} + 86400000000, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
                WHERE is_recovery
            )
        )
        GROUP BY environment, service, human, number
        HAVING started_at >= {start:Int64} AND started_at < {end:Int64}
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
            any(episode.outcome) AS outcome,
            any(episode.recovered_at) AS recovered_at,
            countIf(signal.is_there AND signal.at >= episode.started_at - 900000000 AND signal.at <= episode.started_at AND (signal.felt OR signal.kind = 'symptom')) > 0 AS has_symptom,
            minIf(signal.at, signal.is_there AND signal.at >= episode.started_at - 900000000 AND signal.at <= episode.started_at AND (signal.felt OR signal.kind = 'symptom')) AS first_symptom,
            countIf(signal.felt AND signal.at >= episode.started_at - 900000000 AND signal.at <= episode.recovered_at + 900000000) > 0 AS felt,
            maxIf(signal.at, signal.told AND NOT signal.ours AND signal.at <= episode.recovered_at + 900000000) AS last_told,
            countIf(signal.told AND signal.ours AND signal.at >= episode.started_at - 900000000 AND signal.at <= episode.recovered_at + 900000000) > 0 AS told_by_us
        FROM
        (
            SELECT *, arrayJoin(range(toUInt64(greatest(intDiv(started_at, 900000000), 1) - 1), toUInt64(greatest(intDiv(recovered_at, 900000000), 0) + 2))) AS bucket FROM episode
        ) AS episode
        LEFT JOIN
        (
            SELECT environment, service, kind, felt, told, ours, true AS is_there, toUnixTimestamp64Micro(time) AS at, toUInt64(intDiv(at, 900000000)) AS bucket
            FROM signal_facts
            WHERE drill = '' AND service != ''
                AND time >= fromUnixTimestamp64Micro(greatest({start:Int64}, 900000000) - 900000000, 'UTC')
                AND time < fromUnixTimestamp64Micro({end:Int64} + 2 * 86400000000, 'UTC')
                AND time <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
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
    near.outcome = 'succeeded' AS recovered,
    near.outcome = '' AS outcome_unknown,
    near.recovered_at AS recovered_at,
    near.last_at + 900000000 > {as_of:Int64} OR recovered AND near.recovered_at + 900000000 > {as_of:Int64} AS is_open,
    near.felt AS felt,
    if(near.has_symptom, near.first_symptom, NULL) AS symptom_at,
    ifNull(symptom_at, near.started_at) AS since,
    near.last_told >= since AND near.last_told != 0 AS told,
    near.told_by_us AS told_by_us,
    told OR arrayExists(at -> at <= since AND at > since - 2592000000000, alerts.firsts) AS connected,
    felt AND recovered AND connected AND NOT told AND NOT is_open AS hidden
FROM near
LEFT JOIN alerts ON alerts.environment = near.environment;

-- Of each KPI one view: a row for everything, or for each service where per_service = 1, and for
-- what `of` names. An empty denominator makes value and bounds NULL. Bounds are Wilson's at 95 %.

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
    FROM known_actions(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
    WHERE is_recovery AND NOT human
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
    toFloat64(count()) AS denominator,
    toUInt64(sumIf(count, outcome = '' AND is_over)) AS unknown,
    toUInt64(sumIf(count, outcome = '' AND NOT is_over)) AS open
FROM known_actions(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
WHERE is_recovery
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
FROM incidents(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
GROUP BY of_environment, of_service, human;

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
        if({per_service:UInt8} = 1, environment, '') AS of_environment,
    if({per_service:UInt8} = 1, service, '') AS of_service,
        countIf(hidden) AS hidden_ones,
        countIf(recovered AND connected AND NOT is_open) AS sure_ones,
        countIf(NOT is_open AND (outcome_unknown OR NOT connected AND recovered)) AS unsure_ones,
        countIf(is_open) AS open_ones,
        countIf(connected) > 0 AS is_connected,
        arrayJoin
        ([
            ('hidden_incidents', 'incidents', if(is_connected, toNullable(toFloat64(hidden_ones)), NULL)),
            ('hidden_minutes', 'minutes', if(is_connected, toNullable(sumIf(recovered_at - since, hidden) / 60000000), NULL)),
            ('masking_ratio', 'share', if(sure_ones > 0, toNullable(hidden_ones / sure_ones), NULL))
        ]) AS figure
    FROM incidents(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
    WHERE NOT human AND felt
    GROUP BY of_environment, of_service
);

-- Whether alerts or pages came in the span or the 30 days before: without, nothing is known hidden.
CREATE OR REPLACE VIEW kpi_alerts_connected AS
SELECT count() > 0 AS connected
FROM signal_facts
WHERE kind IN ('alert', 'page') AND NOT ours AND drill = ''
    AND ({environment:String} = '' OR environment = {environment:String})
    AND time > fromUnixTimestamp64Micro(greatest({start:Int64}, 2592000000000) - 2592000000000, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    AND time <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC');

CREATE OR REPLACE VIEW kpi_mttr AS
SELECT
    if({per_service:UInt8} = 1, environment, '') AS of_environment,
    if({per_service:UInt8} = 1, service, '') AS of_service,
    'mttr' AS name,
    concat(if(human, 'human ', 'automatic '), quantile.1) AS of,
    'seconds' AS unit,
    toFloat64(if(measured > 0, arrayElement(took, least(toInt64(floor(quantile.2 * measured)), toInt64(measured) - 1) + 1) / 1000000, NULL)) AS value,
    toFloat64(NULL) AS low,
    toFloat64(NULL) AS high,
    toFloat64(countIf(recovered AND NOT is_open AND isNotNull(symptom_at))) AS numerator,
    toFloat64(measured) AS denominator,
    toUInt64(countIf(outcome_unknown AND NOT is_open)) AS unknown,
    toUInt64(countIf(is_open)) AS open,
    countIf(recovered AND NOT is_open) AS measured,
    arraySort(groupArrayIf(recovered_at - since, recovered AND NOT is_open)) AS took
FROM
(
    SELECT *, arrayJoin([('p50', 0.5), ('p90', 0.9)]) AS quantile
    FROM incidents(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
)
GROUP BY of_environment, of_service, human, quantile;

CREATE OR REPLACE VIEW kpi_on_call AS
WITH
    (k, n) -> if(n > 0, greatest(0., (k / n + 3.8414588206941254 / n / 2) / (1 + 3.8414588206941254 / n) - 1.959963984540054 * sqrt(k / n * (1 - k / n) / n + 3.8414588206941254 / n / (4 * n)) / (1 + 3.8414588206941254 / n)), NULL) AS wilson_low,
    (k, n) -> if(n > 0, least(1., (k / n + 3.8414588206941254 / n / 2) / (1 + 3.8414588206941254 / n) + 1.959963984540054 * sqrt(k / n * (1 - k / n) / n + 3.8414588206941254 / n / (4 * n)) / (1 + 3.8414588206941254 / n)), NULL) AS wilson_high,
    page AS
    (
        SELECT
            environment,
            service,
            at,
            at - lagInFrame(at, 1, -900000000) OVER (PARTITION BY environment, service ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) >= 900000000 AS opens
        FROM
        (
            SELECT DISTINCT environment, service, toUnixTimestamp64Micro(time) AS at
            FROM signal_facts
            WHERE kind = 'page' AND NOT ours AND drill = ''
                AND time >= fromUnixTimestamp64Micro(greatest({start:Int64}, 86400000000) - 86400000000, 'UTC')
                AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
                AND time <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
                AND ({environment:String} = '' OR environment = {environment:String})
                AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
        )
    ),
    finding AS
    (
        SELECT
            environment,
            service,
            groupArray((toUnixTimestamp64Micro(detected_at), ifNull(toUnixTimestamp64Micro(resolved_at), 9223372036854775807))) AS spans
        FROM findings_current
        WHERE tier > 1 AND status != 'retracted'
        GROUP BY environment, service
    )
SELECT
    of_environment,
    of_service,
    figure.1 AS name,
    '' AS of,
    figure.2 AS unit,
    figure.3 AS value,
    if(unit = 'share', wilson_low(foretold_ones, incident_count), NULL) AS low,
    if(unit = 'share', wilson_high(foretold_ones, incident_count), NULL) AS high,
    toFloat64(foretold_ones) AS numerator,
    toFloat64(incident_count) AS denominator,
    toUInt64(0) AS unknown,
    toUInt64(0) AS open
FROM
(
    SELECT
        if({per_service:UInt8} = 1, environment, '') AS of_environment,
    if({per_service:UInt8} = 1, service, '') AS of_service,
        count() AS incident_count,
        countIf(arrayExists(one -> one.1 <= at AND one.2 >= at, finding.spans)) AS foretold_ones,
        arrayJoin
        ([
            ('on_call_incidents', 'incidents', toFloat64(incident_count)),
            ('on_call_foretold', 'share', foretold_ones / incident_count)
        ]) AS figure
    FROM page
    LEFT JOIN finding ON finding.environment = page.environment AND finding.service = page.service
    WHERE opens AND at >= {start:Int64}
    GROUP BY of_environment, of_service
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
    toFloat64(if(known > 0, ineffective_ones / known, NULL)) AS value,
    toFloat64(wilson_low(ineffective_ones, known)) AS low,
    toFloat64(wilson_high(ineffective_ones, known)) AS high,
    toFloat64(ineffective_ones) AS numerator,
    toFloat64(known) AS denominator,
    toUInt64(sumIf(count, outcome = '' AND is_over)) AS unknown,
    toUInt64(sumIf(count, outcome = '' AND NOT is_over)) AS open,
    sumIf(count, outcome = 'ineffective') AS ineffective_ones,
    sumIf(count, outcome != '') AS known
FROM known_actions(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
WHERE is_recovery AND NOT human AND policy != ''
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
FROM
(
    SELECT *, unneeded AND NOT is_over AS turned_down, greatest(count, 1) AS weight
    FROM known_actions(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
    WHERE policy != '' AND NOT human AND (is_recovery OR turned_down)
)
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
            count() AS at_level
        FROM known_actions(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
        WHERE NOT human AND was_begun
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
        leadInFrame(at, 1, least({end:Int64}, {as_of:Int64})) OVER (PARTITION BY environment, service, agent ORDER BY at, action_id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) - at AS held
    FROM known_actions(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
    WHERE NOT human AND was_begun
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
    toUInt64(sumIf(count, isNull(cost) AND is_over)) AS unknown,
    toUInt64(sumIf(count, isNull(cost) AND NOT is_over)) AS open,
    sumIf(count, isNotNull(cost)) AS known,
    sum(count * cost) AS spent
FROM
(
    SELECT *, arrayJoin(['seconds', 'replica seconds']) AS measure, if(measure = 'seconds', toFloat64(duration), duration * replicas) AS cost
    FROM known_actions(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String})
    WHERE is_recovery AND NOT human
)
GROUP BY of_environment, of_service, measure;

-- Outcomes that were told otherwise later: by the action itself, or because the flow disproved them.
CREATE OR REPLACE VIEW outcome_changes AS
SELECT environment, service, action_id, decided_at, toString(was) AS was, toString(becomes) AS becomes, count, reason
FROM outcome_restatements FINAL
WHERE NOT withdrawn
UNION ALL
SELECT environment, service, action_id, time, before, toString(outcome), count, concat('the action was ', if(rank = 6, 'verified', 'reported'), ' again')
FROM
(
    SELECT
        environment, service, action, action_id, time, rank, outcome, count,
        lagInFrame(toString(outcome)) OVER (PARTITION BY environment, service, action ORDER BY time, rank ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS before
    FROM action_facts FINAL
    WHERE rank > 4 AND outcome NOT IN ('', 'unknown')
)
WHERE before NOT IN ('', toString(outcome));

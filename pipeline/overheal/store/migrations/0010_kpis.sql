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

-- Whether alerts or pages came in the span or the 30 days before: without, nothing is known hidden.
CREATE OR REPLACE VIEW kpi_alerts_connected AS
SELECT count() > 0 AS connected
FROM signal_facts
WHERE kind IN ('alert', 'page') AND NOT ours AND drill = ''
    AND ({environment:String} = '' OR environment = {environment:String})
    AND time > fromUnixTimestamp64Micro(greatest({start:Int64}, 2592000000000) - 2592000000000, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    AND time <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC');

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

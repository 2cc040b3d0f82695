-- What led to what. Names and claims come from the events themselves, written by the engine with
-- them; edges and roots are worked out from these by `Store.settle`, and can be worked out again.

-- Every name by which an event may be called: its id, and the id of its action. A narrow copy,
-- sorted by name, so that one is found at once. `node` is what stands for it in the graph.
CREATE TABLE IF NOT EXISTS event_names
(
    name String,
    node String COMMENT 'the action, or the observation',
    id String,
    source LowCardinality(String),
    time DateTime64(6, 'UTC'),
    service LowCardinality(String),
    environment LowCardinality(String),
    agent LowCardinality(String),
    type LowCardinality(String),
    phase LowCardinality(String),
    target String,
    field LowCardinality(String),
    new String,
    outcome LowCardinality(String),
    written_at DateTime64(6, 'UTC'),
    INDEX by_writing written_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
ORDER BY (name, id, source)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 1024;

CREATE MATERIALIZED VIEW IF NOT EXISTS event_names_of_actions TO event_names AS
SELECT
    arrayJoin(if(id = action_id, [id], [id, action_id])) AS name, action_id AS node, id, source,
    time, service, environment, agent, type, phase, target_name AS target, field, new, outcome,
    now64(6, 'UTC') AS written_at
FROM action_events;

CREATE MATERIALIZED VIEW IF NOT EXISTS event_names_of_observations TO event_names AS
SELECT
    id AS name, id AS node, id, source, time, service, environment, agent, type, phase,
    target_name AS target, field, new, outcome, now64(6, 'UTC') AS written_at
FROM observations;

-- What somebody says about causes, by the names that were used: the producer (`caused_by`, the span
-- that an event names as its parent), or a detector that inferred it. `related` is no cause: the
-- other end is a correlation id, a trace, or the action that an event is a witness of.
CREATE TABLE IF NOT EXISTS causal_claims
(
    effect String,
    cause String,
    kind LowCardinality(String) COMMENT 'declared, inferred or related',
    reason LowCardinality(String) COMMENT 'caused_by, trace, catalog, timing, correlation, witness',
    confidence Float32 COMMENT 'probability',
    written_at DateTime64(6, 'UTC'),
    INDEX by_writing written_at TYPE minmax GRANULARITY 1,
    PROJECTION by_cause (SELECT cause, effect, kind, reason, confidence ORDER BY cause)
)
ENGINE = ReplacingMergeTree(written_at)
ORDER BY (effect, cause, kind, reason)
SETTINGS non_replicated_deduplication_window = 10000,
    deduplicate_merge_projection_mode = 'rebuild';

CREATE MATERIALIZED VIEW IF NOT EXISTS causal_claims_of_actions TO causal_claims AS
SELECT
    effect, claim.1 AS cause, claim.2 AS kind, claim.3 AS reason, toFloat32(1) AS confidence,
    now64(6, 'UTC') AS written_at
FROM
(
    SELECT
        action_id AS effect,
        if(position(document, '"traceparent":"') > 0,
            splitByChar('-', JSONExtractString(document, 'traceparent')), []) AS span,
        arrayJoin(arrayConcat(
            arrayMap(name -> (name, 'declared', 'caused_by'), caused_by),
            if(length(span) = 4, [(span[3], 'declared', 'trace'), (span[2], 'related', 'trace')], []),
            if(correlation_id != '', [(correlation_id, 'related', 'correlation')], []),
            if(witness_of != '', [(witness_of, 'related', 'witness')], [])
        )) AS claim
    FROM action_events
)
WHERE cause NOT IN ('', effect);

CREATE MATERIALIZED VIEW IF NOT EXISTS causal_claims_of_observations TO causal_claims AS
SELECT
    effect, claim.1 AS cause, claim.2 AS kind, claim.3 AS reason, toFloat32(1) AS confidence,
    now64(6, 'UTC') AS written_at
FROM
(
    SELECT
        id AS effect,
        if(position(document, '"traceparent":"') > 0,
            splitByChar('-', JSONExtractString(document, 'traceparent')), []) AS span,
        arrayJoin(arrayConcat(
            arrayMap(name -> (name, 'declared', 'caused_by'), caused_by),
            if(length(span) = 4, [(span[3], 'declared', 'trace'), (span[2], 'related', 'trace')], []),
            if(correlation_id != '', [(correlation_id, 'related', 'correlation')], [])
        )) AS claim
    FROM observations
)
WHERE cause NOT IN ('', effect);

-- The links that `cascade` inferred, with how sure it is.
CREATE MATERIALIZED VIEW IF NOT EXISTS causal_claims_of_findings TO causal_claims AS
SELECT
    link.2 AS effect, link.1 AS cause, 'inferred' AS kind,
    if(link.3 = 'catalog', 'catalog', 'timing') AS reason, toFloat32(link.4) AS confidence,
    now64(6, 'UTC') AS written_at
FROM
(
    SELECT arrayJoin(JSONExtract(evidence, 'inferred',
        'Array(Tuple(String, String, String, Float64))')) AS link
    FROM findings
    WHERE detector = 'cascade' AND status NOT IN ('retracted', 'superseded')
);

-- Who wrote a field when, sorted by what was written.
CREATE TABLE IF NOT EXISTS field_writes
(
    target String,
    field LowCardinality(String),
    time DateTime64(6, 'UTC'),
    id String,
    source LowCardinality(String),
    action_id String,
    target_kind LowCardinality(String),
    namespace LowCardinality(String),
    cluster LowCardinality(String),
    service LowCardinality(String),
    scope LowCardinality(String),
    environment LowCardinality(String),
    agent LowCardinality(String),
    agent_kind LowCardinality(String),
    type LowCardinality(String),
    old String,
    new String
)
ENGINE = ReplacingMergeTree
ORDER BY (target, field, time, id, source)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 1024;

CREATE MATERIALIZED VIEW IF NOT EXISTS field_writes_of_actions TO field_writes AS
SELECT
    target_name AS target, field, time, id, source, action_id, target_kind,
    target_namespace AS namespace, target_cluster AS cluster, service, scope, environment, agent,
    agent_kind, type, old, new
FROM action_events
WHERE field != '' AND new != '' AND phase IN ('started', 'finished') AND outcome != 'failed';

-- Edges between nodes: claims with every name resolved. Of two rows the later version counts.
CREATE TABLE IF NOT EXISTS causal_edges
(
    effect String,
    cause String,
    kind LowCardinality(String) COMMENT 'declared or inferred',
    reason LowCardinality(String),
    confidence Float32,
    gone Bool COMMENT 'a name turned out to mean something else',
    version UInt64,
    PROJECTION by_cause (SELECT * ORDER BY cause)
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (effect, cause)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 1024,
    deduplicate_merge_projection_mode = 'rebuild';

-- For each node the nearest of its roots, how far they are, and its direct causes.
CREATE TABLE IF NOT EXISTS causal_roots
(
    node String,
    root String,
    depth UInt32 COMMENT 'the fewest links from the root',
    causes Array(String),
    kinds Array(LowCardinality(String)),
    reasons Array(LowCardinality(String)),
    confidences Array(Float32),
    gone Bool COMMENT 'it is no root of it any more',
    version UInt64,
    PROJECTION by_root (SELECT * ORDER BY root, depth)
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (node, root)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 1024,
    deduplicate_merge_projection_mode = 'rebuild';

-- Up to where claims and names are worked into edges and roots.
CREATE TABLE IF NOT EXISTS causal_settled
(
    one UInt8,
    until DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(until)
ORDER BY one
SETTINGS non_replicated_deduplication_window = 10000;

-- What was stored before these tables were there. A row that is written again replaces itself.
INSERT INTO event_names SELECT
    arrayJoin(if(id = action_id, [id], [id, action_id])) AS name, action_id AS node, id, source,
    time, service, environment, agent, type, phase, target_name AS target, field, new, outcome,
    now64(6, 'UTC') AS written_at
FROM action_events FINAL;

INSERT INTO event_names SELECT
    id AS name, id AS node, id, source, time, service, environment, agent, type, phase,
    target_name AS target, field, new, outcome, now64(6, 'UTC') AS written_at
FROM observations FINAL;

INSERT INTO field_writes
    (target, field, time, id, source, action_id, target_kind, namespace, cluster, service, scope,
    environment, agent, agent_kind, type, old, new)
SELECT
    target_name AS target, field, time, id, source, action_id, target_kind,
    target_namespace AS namespace, target_cluster AS cluster, service, scope, environment, agent,
    agent_kind, type, old, new
FROM action_events FINAL
WHERE field != '' AND new != '' AND phase IN ('started', 'finished') AND outcome != 'failed';

INSERT INTO causal_claims SELECT
    effect, claim.1 AS cause, claim.2 AS kind, claim.3 AS reason, toFloat32(1) AS confidence,
    now64(6, 'UTC') AS written_at
FROM
(
    SELECT
        if(phase != '', action_id, id) AS effect,
        if(position(document, '"traceparent":"') > 0,
            splitByChar('-', JSONExtractString(document, 'traceparent')), []) AS span,
        arrayJoin(arrayConcat(
            arrayMap(name -> (name, 'declared', 'caused_by'), caused_by),
            if(length(span) = 4, [(span[3], 'declared', 'trace'), (span[2], 'related', 'trace')], []),
            if(correlation_id != '', [(correlation_id, 'related', 'correlation')], []),
            if(witness_of != '', [(witness_of, 'related', 'witness')], [])
        )) AS claim
    FROM
    (
        SELECT phase, action_id, id, document, caused_by, correlation_id, witness_of
        FROM action_events FINAL
        UNION ALL
        SELECT phase, action_id, id, document, caused_by, correlation_id, witness_of
        FROM observations FINAL
    )
)
WHERE cause NOT IN ('', effect);

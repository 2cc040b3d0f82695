-- Events: one row per action event and per observation, each in a table of its own.
-- ReplacingMergeTree is the last defence against a row that is delivered twice: it has the same
-- sorting key both times, and rows of one key become one. A part is one file until it is large:
-- with so many columns that saves a third of the work of inserts and merges, and memory.

CREATE TABLE IF NOT EXISTS action_events
(
    id String COMMENT 'unique within source',
    source LowCardinality(String),
    time DateTime64(6, 'UTC') COMMENT 'event time',
    action_id String COMMENT 'shared by all events about one action',
    phase LowCardinality(String) COMMENT 'empty for observations',
    service LowCardinality(String),
    environment LowCardinality(String),
    declared_scope LowCardinality(String) COMMENT 'scope as the document says, often empty',
    scope LowCardinality(String) COMMENT 'scope it was judged in',
    agent LowCardinality(String),
    agent_kind LowCardinality(String),
    mandate LowCardinality(String),
    type LowCardinality(String) COMMENT 'action type, or kind of observation',
    name LowCardinality(String) COMMENT 'the vendor''s own word, or the signal observed',
    target_kind LowCardinality(String) COMMENT 'empty: no target',
    target_name String,
    target_namespace LowCardinality(String),
    target_cluster LowCardinality(String),
    target_region LowCardinality(String),
    field LowCardinality(String) COMMENT 'property of the target that changed or was observed',
    old String COMMENT 'value before as JSON, empty: unknown',
    new String COMMENT 'value after, or value seen, as JSON, empty: unknown',
    trigger LowCardinality(String),
    condition String,
    outcome LowCardinality(String),
    duration Nullable(Float64) COMMENT 'seconds',
    recovery Bool COMMENT 'what the contract says of this event alone',
    recovery_overridden Bool,
    count UInt64 COMMENT 'occurrences it stands for',
    first_at DateTime64(6, 'UTC') COMMENT 'none of them lies before',
    witness_of String,
    caused_by Array(String),
    correlation_id String,
    user_visible Bool,
    prior_uptime Nullable(Float64) COMMENT 'seconds',
    labels Map(String, String),
    document String CODEC(ZSTD(1)) COMMENT 'the whole redacted document as JSON',
    counted UInt64 COMMENT 'automated recoveries this row counts for',
    human_counted UInt64 COMMENT 'recoveries by hand this row counts for',
    counted_at DateTime64(6, 'UTC') COMMENT 'when they count: at the start of the action',
    late Bool COMMENT 'came after the allowed lateness: stored, never judged',
    drill LowCardinality(String) COMMENT 'declared drill it belongs to',
    received_at DateTime64(6, 'UTC'),
    _topic LowCardinality(String) COMMENT 'origin: a topic, or a file',
    _partition UInt32,
    _offset UInt64 COMMENT 'offset in the topic, or line of the file',
    id_hash UInt64 MATERIALIZED sipHash64(id),
    old_number Nullable(Float64) ALIAS toFloat64OrNull(old),
    new_number Nullable(Float64) ALIAS toFloat64OrNull(new),
    old_text String ALIAS if(startsWith(old, '"'), JSONExtractString(old), old),
    new_text String ALIAS if(startsWith(new, '"'), JSONExtractString(new), new),
    PROJECTION by_id (SELECT id_hash, id, source, time, service ORDER BY id_hash)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (service, time, id, source)
SETTINGS non_replicated_deduplication_window = 10000,
    deduplicate_merge_projection_mode = 'rebuild',
    min_bytes_for_wide_part = 200000000;

-- The same columns, so that one statement reads both; what an observation lacks stays empty.
CREATE TABLE IF NOT EXISTS observations AS action_events
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (service, time, id, source)
SETTINGS non_replicated_deduplication_window = 10000,
    deduplicate_merge_projection_mode = 'rebuild',
    min_bytes_for_wide_part = 200000000;

-- Ids that somebody asks about, for the length of one question.
CREATE TABLE IF NOT EXISTS asked_ids (id String) ENGINE = Memory;

-- What the worker remembers, and what it was told.

-- The last snapshot of each scope, by the place where it was judged; of a lane itself where scope
-- is empty. Sorted so that one lane is read in one stroke.
CREATE TABLE IF NOT EXISTS detector_state
(
    topic LowCardinality(String),
    epoch LowCardinality(String) COMMENT 'incarnation of the topic',
    partition UInt32,
    scope String COMMENT 'environment/scope, empty: the lane itself',
    drill String,
    partitions UInt32 COMMENT 'how many the topic had then',
    _offset UInt64 COMMENT 'events up to and including it are in the state',
    record_key String,
    format LowCardinality(String) COMMENT 'digest of the types in the state',
    due Int64 COMMENT 'when an alarm is due, microseconds UTC',
    state String CODEC(ZSTD(1)),
    written_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(_offset)
ORDER BY (topic, partition, epoch, scope, drill)
SETTINGS non_replicated_deduplication_window = 10000;

-- Documents that hold from a moment on: catalogs, settings, expectations.
CREATE TABLE IF NOT EXISTS timed_inputs
(
    holds_from DateTime64(6, 'UTC'),
    kind LowCardinality(String),
    digest String,
    document String CODEC(ZSTD(1)),
    author String,
    written_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (holds_from, kind, digest)
SETTINGS non_replicated_deduplication_window = 10000;

-- What the flow reports besides events: findings, refusals, and the ledger of what was read.

-- Every revision of every finding; a revision written again replaces itself.
CREATE TABLE IF NOT EXISTS findings
(
    id String,
    revision UInt64,
    detector LowCardinality(String),
    stage LowCardinality(String),
    subject String,
    service String,
    environment LowCardinality(String),
    scope String,
    status LowCardinality(String) COMMENT 'open, resolved, superseded or retracted',
    tier UInt8 COMMENT '1 informational, 2 actionable, 3 critical',
    first_at DateTime64(6, 'UTC'),
    last_at DateTime64(6, 'UTC'),
    detected_at DateTime64(6, 'UTC') COMMENT 'event time at which it reached its tier',
    resolved_at Nullable(DateTime64(6, 'UTC')),
    reason String COMMENT 'why it has its tier',
    title String,
    summary String,
    next_step String,
    count UInt64,
    agents Array(String),
    evidence String CODEC(ZSTD(1)) COMMENT 'the numbers behind the sentence, as JSON',
    members Array(String) CODEC(ZSTD(1)) COMMENT 'ids of events, oldest first',
    member_count UInt64,
    tier_history String COMMENT 'JSON list of [tier, microseconds UTC, reason]',
    inhibited_by String,
    superseded_by String
)
ENGINE = ReplacingMergeTree
ORDER BY (id, revision)
SETTINGS non_replicated_deduplication_window = 10000;

-- A refusal is the same one when place, reason and bytes are the same.
CREATE TABLE IF NOT EXISTS dead_letters
(
    origin String COMMENT 'file or topic',
    line UInt64 COMMENT '0: lines mean nothing there',
    code LowCardinality(String),
    reason String,
    payload String CODEC(ZSTD(1)) COMMENT 'the redacted bytes',
    received_at DateTime64(6, 'UTC'),
    payload_hash UInt64 MATERIALIZED sipHash64(payload)
)
ENGINE = ReplacingMergeTree
ORDER BY (origin, line, code, reason, payload_hash)
SETTINGS non_replicated_deduplication_window = 10000;

-- The ledger: received = stored + duplicates + dead_letters, for every range.
CREATE TABLE IF NOT EXISTS ingest_ranges
(
    origin String COMMENT 'file or topic',
    epoch String COMMENT 'incarnation of the origin',
    partition UInt32,
    first UInt64 COMMENT 'first offset or line, inclusive',
    last UInt64 COMMENT 'last offset or line, inclusive',
    records UInt64,
    received UInt64 COMMENT 'events',
    stored UInt64,
    duplicates UInt64,
    dead_letters UInt64,
    ignored UInt64 COMMENT 'records without events',
    written_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (origin, epoch, partition, first, last)
SETTINGS non_replicated_deduplication_window = 10000;

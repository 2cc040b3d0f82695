-- What people declared by command, one row each as it stands. What was ended earlier has the higher
-- version, so that rows of one id may be written in any order, by anybody, any number of times.

CREATE TABLE IF NOT EXISTS expectations
(
    id String,
    service String COMMENT 'full or short name',
    environment LowCardinality(String) COMMENT 'empty: all',
    detector LowCardinality(String) COMMENT 'empty: all',
    count UInt64 COMMENT 'automated recoveries per period',
    per LowCardinality(String) COMMENT 'hour or day',
    owner String,
    reason String,
    since DateTime64(6, 'UTC'),
    until DateTime64(6, 'UTC'),
    author String COMMENT 'who ran the command',
    removed_at Nullable(DateTime64(6, 'UTC')),
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY id
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS drills
(
    id String,
    since DateTime64(6, 'UTC'),
    until DateTime64(6, 'UTC'),
    services Array(String) COMMENT 'without services and scopes: everything',
    scopes Array(String),
    owner String,
    no_automation Bool,
    author String COMMENT 'who ran the command',
    ended_at Nullable(DateTime64(6, 'UTC')),
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY id
SETTINGS non_replicated_deduplication_window = 10000;

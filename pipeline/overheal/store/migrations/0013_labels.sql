-- What people think of findings, and what no finding spoke of. The row that was noted last stands, so
-- that a verdict can be changed and taken back by adding rows alone.

CREATE TABLE IF NOT EXISTS labels
(
    id String COMMENT 'of the finding; of what was missed, its own',
    verdict LowCardinality(String) COMMENT 'useful, noise or missed',
    service String COMMENT 'of what was missed, full or short name',
    environment LowCardinality(String) COMMENT 'of what was missed; empty: any',
    at Nullable(DateTime64(6, 'UTC')) COMMENT 'of what was missed: when somebody should have been told',
    note String,
    author String COMMENT 'who ran the command',
    noted_at DateTime64(6, 'UTC'),
    removed Bool,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY id
SETTINGS non_replicated_deduplication_window = 10000;

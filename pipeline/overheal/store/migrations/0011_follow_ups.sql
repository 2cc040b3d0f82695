-- What the weekly report asks owners, and what people answer to that and to findings.

-- One row per question. Whoever asks the same again later changes nothing: the earliest asking has
-- the highest version.
CREATE TABLE IF NOT EXISTS follow_ups
(
    id String,
    week LowCardinality(String) COMMENT 'ISO week asked about, such as 2026-W47',
    since DateTime64(6, 'UTC') COMMENT 'start of that week',
    until DateTime64(6, 'UTC') COMMENT 'its end, exclusive',
    environment LowCardinality(String),
    service LowCardinality(String),
    owner String COMMENT 'as the catalog said when it was asked, empty: nobody',
    finding String COMMENT 'id of the finding that explains the recoveries, empty: none',
    recoveries UInt64 COMMENT 'automated ones of that week',
    episodes UInt64,
    asked_at DateTime64(6, 'UTC'),
    due_at DateTime64(6, 'UTC'),
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY id
SETTINGS non_replicated_deduplication_window = 10000;

-- Every acknowledgement that was ever given: several of one id are all kept.
CREATE TABLE IF NOT EXISTS acknowledgements
(
    id String COMMENT 'of a finding or a follow-up',
    kind LowCardinality(String) COMMENT 'finding or follow_up',
    at DateTime64(6, 'UTC'),
    by String COMMENT 'who says so',
    found String COMMENT 'what was found, empty where nothing was said',
    author String COMMENT 'who ran the command'
)
ENGINE = ReplacingMergeTree
ORDER BY (id, at, by, found)
SETTINGS non_replicated_deduplication_window = 10000;

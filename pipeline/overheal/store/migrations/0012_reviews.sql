-- What people say about actions after they have looked at them: the evidence by which an action may
-- be left to automation. Every review that was ever given is kept.
CREATE TABLE IF NOT EXISTS reviews
(
    environment LowCardinality(String) COMMENT 'of the action',
    service LowCardinality(String) COMMENT 'of the action',
    type LowCardinality(String) COMMENT 'of the action',
    action_id String,
    by_hand Bool COMMENT 'a person acted',
    level Nullable(Int8) COMMENT 'autonomy level the agent stated',
    acted_at DateTime64(6, 'UTC') COMMENT 'when the action began',
    at DateTime64(6, 'UTC') COMMENT 'when it was reviewed',
    by String COMMENT 'who reviewed it',
    verdict LowCardinality(String) COMMENT 'good, bad or unclear',
    note String,
    author String COMMENT 'who ran the command'
)
ENGINE = ReplacingMergeTree
ORDER BY (action_id, environment, service, at, by, verdict)
SETTINGS non_replicated_deduplication_window = 10000;

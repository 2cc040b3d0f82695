-- When what is worked out of events expires, and which links rules infer.

-- Who wrote a field expires with the event that says so. Of what was written before, the event tells
-- when it was received; where that is gone, the time of the event stands for it.

ALTER TABLE field_writes
    ADD COLUMN IF NOT EXISTS received_at DateTime64(6, 'UTC') DEFAULT time COMMENT 'of the event, from which expiry counts';

ALTER TABLE field_writes_of_actions MODIFY QUERY SELECT
    target_name AS target, field, time, id, source, action_id, target_kind,
    target_namespace AS namespace, target_cluster AS cluster, service, scope, environment, agent,
    agent_kind, type, old, new, received_at
FROM action_events
WHERE field != '' AND new != '' AND phase IN ('started', 'finished') AND outcome != 'failed';

INSERT INTO field_writes SELECT
    target_name AS target, field, time, id, source, action_id, target_kind,
    target_namespace AS namespace, target_cluster AS cluster, service, scope, environment, agent,
    agent_kind, type, old, new, received_at
FROM action_events FINAL
WHERE field != '' AND new != '' AND phase IN ('started', 'finished') AND outcome != 'failed'
SETTINGS max_partitions_per_insert_block = 0, async_insert = 0;

-- How often one thing followed soon on another, by rule, environment and how soon (0 to 2), and how
-- often that is by chance: what an inferred link is worth. The row reckoned last counts.
CREATE TABLE IF NOT EXISTS causal_rates
(
    rule LowCardinality(String),
    environment LowCardinality(String),
    soon UInt8 COMMENT '0: within a tenth of the time that the rule gives, 1: a third, 2: all of it',
    seen UInt64,
    by_chance Nullable(Float64) COMMENT 'with causes moved by one and two days to and fro; NULL: too short a history',
    confidence Float32 COMMENT 'probability',
    reckoned_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(reckoned_at)
ORDER BY (rule, environment, soon)
SETTINGS non_replicated_deduplication_window = 10000;

-- The links that stand: those of every finding that says so, and those of the rules, which are claims.
CREATE OR REPLACE VIEW causal_inferred AS
SELECT
    link.1 AS effect, link.2 AS cause, link.3 AS reason, link.4 AS confidence, finding
FROM
(
    SELECT finding, arrayJoin(argMaxIf(
        arrayZip(effects, causes, reasons, confidences), revision, NOT relation)) AS link
    FROM causal_inferences
    GROUP BY finding
    HAVING NOT argMaxIf(withdrawn, revision, NOT relation)
        AND NOT argMaxIf(withdrawn, revision, relation)
)
UNION ALL
SELECT effect, cause, reason, confidence, '' AS finding
FROM causal_claims FINAL
WHERE kind = 'inferred' AND confidence > 0;

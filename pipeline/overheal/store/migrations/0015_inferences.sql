-- What `cascade` inferred, by the finding that says so: a finding that is withdrawn, or that later
-- names other links, takes back what it said before.

DROP VIEW IF EXISTS causal_claims_of_findings;

-- Every revision, so that what a later one does not say any more is known.
CREATE TABLE IF NOT EXISTS causal_inferences
(
    finding String,
    relation Bool COMMENT 'of finding_relations, not of findings: it can withdraw, and says no links',
    revision UInt64,
    withdrawn Bool,
    causes Array(String),
    effects Array(String),
    reasons Array(LowCardinality(String)) COMMENT 'catalog or timing',
    confidences Array(Float32) COMMENT 'probability',
    written_at DateTime64(6, 'UTC'),
    INDEX by_writing written_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
ORDER BY (finding, relation, revision)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 1024;

CREATE MATERIALIZED VIEW IF NOT EXISTS causal_inferences_of_findings TO causal_inferences AS
SELECT
    id AS finding, false AS relation, revision, status IN ('retracted', 'superseded') AS withdrawn,
    links.1 AS causes, links.2 AS effects,
    arrayMap(via -> if(via = 'catalog', 'catalog', 'timing'), links.3) AS reasons,
    arrayMap(sure -> toFloat32(sure), links.4) AS confidences, now64(6, 'UTC') AS written_at
FROM
(
    SELECT id, revision, status, JSONExtract(evidence, 'inferred',
        'Array(Tuple(String, String, String, Float64))') AS links
    FROM findings
    WHERE detector = 'cascade'
);

CREATE MATERIALIZED VIEW IF NOT EXISTS causal_inferences_of_relations TO causal_inferences AS
SELECT
    id AS finding, true AS relation, revision, superseded_by != '' AS withdrawn,
    now64(6, 'UTC') AS written_at
FROM finding_relations
WHERE startsWith(id, 'cascade-');

-- The links that stand, each by every finding that says so.
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
);

-- What was stored before, of which links may have been taken for causes that were withdrawn since.
ALTER TABLE causal_claims DELETE WHERE kind = 'inferred';

INSERT INTO causal_inferences SELECT
    id AS finding, false AS relation, revision, status IN ('retracted', 'superseded') AS withdrawn,
    links.1 AS causes, links.2 AS effects,
    arrayMap(via -> if(via = 'catalog', 'catalog', 'timing'), links.3) AS reasons,
    arrayMap(sure -> toFloat32(sure), links.4) AS confidences, now64(6, 'UTC') AS written_at
FROM
(
    SELECT id, revision, status, JSONExtract(evidence, 'inferred',
        'Array(Tuple(String, String, String, Float64))') AS links
    FROM findings FINAL
    WHERE detector = 'cascade'
);

INSERT INTO causal_inferences (finding, relation, revision, withdrawn, written_at) SELECT
    id, true, revision, superseded_by != '', now64(6, 'UTC')
FROM finding_relations FINAL
WHERE startsWith(id, 'cascade-');

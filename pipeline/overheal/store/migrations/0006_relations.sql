-- Which finding carries or replaces which, as decided later than the findings were written.

CREATE TABLE IF NOT EXISTS finding_relations
(
    id String,
    revision UInt64 COMMENT 'of the relation',
    inhibited_by String,
    superseded_by String
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY id
SETTINGS non_replicated_deduplication_window = 10000;

-- Findings as they stand: the last revision of each, with its relations.
CREATE OR REPLACE VIEW findings_current AS
SELECT
    finding.* REPLACE
    (
        if(relation.known, relation.inhibited_by, finding.inhibited_by) AS inhibited_by,
        if(relation.known, relation.superseded_by, finding.superseded_by) AS superseded_by,
        CAST
        (
            if(relation.superseded_by != '' AND finding.status != 'retracted', 'superseded',
                finding.status),
            'LowCardinality(String)'
        ) AS status
    )
FROM
(
    SELECT * FROM findings FINAL ORDER BY id, revision DESC LIMIT 1 BY id
) AS finding
LEFT JOIN
(
    SELECT id, inhibited_by, superseded_by, true AS known FROM finding_relations FINAL
) AS relation ON relation.id = finding.id;

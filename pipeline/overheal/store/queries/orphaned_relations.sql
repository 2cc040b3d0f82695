-- purpose: relations of findings that are not there, and findings whose root or heir is not there.
SELECT 'a relation of a finding that is not there' AS what, id
FROM finding_relations FINAL
WHERE id NOT IN (SELECT id FROM findings)
UNION ALL
SELECT 'a finding explained by one that is not there' AS what, id
FROM findings_current
WHERE inhibited_by != '' AND inhibited_by NOT IN (SELECT id FROM findings)
UNION ALL
SELECT 'a finding replaced by one that is not there' AS what, id
FROM findings_current
WHERE superseded_by != '' AND superseded_by NOT IN (SELECT id FROM findings)
LIMIT 20

-- purpose: every label that stands, the one that was noted first first.
SELECT
    id,
    verdict,
    service,
    environment,
    toUnixTimestamp64Micro(at) AS moment,
    note,
    author,
    toUnixTimestamp64Micro(noted_at) AS noted,
    removed
FROM labels FINAL
WHERE NOT removed
ORDER BY noted, id

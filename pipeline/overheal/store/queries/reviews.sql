-- purpose: every review that was given of an action, oldest first.
SELECT
    environment,
    service,
    type,
    action_id,
    by_hand,
    level,
    toUnixTimestamp64Micro(acted_at) AS acted,
    toUnixTimestamp64Micro(at) AS reviewed,
    by,
    verdict,
    note,
    author
FROM reviews FINAL
ORDER BY reviewed, action_id, by

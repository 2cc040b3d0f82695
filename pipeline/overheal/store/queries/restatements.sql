-- purpose: successes that stand disproved.
SELECT
    environment,
    service,
    action_id,
    decided_by,
    toUnixTimestamp64Micro(decided_at) AS decided,
    count,
    withdrawn,
    was,
    becomes,
    reason
FROM outcome_restatements FINAL
WHERE NOT withdrawn
ORDER BY decided, action_id

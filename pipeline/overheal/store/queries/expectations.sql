-- purpose: every expectation as it stands, the oldest first.
SELECT
    id,
    service,
    environment,
    detector,
    count,
    per,
    owner,
    reason,
    toUnixTimestamp64Micro(since) AS began,
    toUnixTimestamp64Micro(until) AS ends,
    author,
    toUnixTimestamp64Micro(removed_at) AS removed
FROM expectations FINAL
ORDER BY began, id

-- purpose: every drill declared by command as it stands, the oldest first.
SELECT
    id,
    toUnixTimestamp64Micro(since) AS began,
    toUnixTimestamp64Micro(until) AS ends,
    services,
    scopes,
    owner,
    no_automation,
    author,
    toUnixTimestamp64Micro(ended_at) AS ended
FROM drills FINAL
ORDER BY began, id

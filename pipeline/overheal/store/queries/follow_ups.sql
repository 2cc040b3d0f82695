-- purpose: every question that a weekly report asked an owner, as it was first asked, oldest first.
SELECT
    id,
    week,
    toUnixTimestamp64Micro(since) AS began,
    toUnixTimestamp64Micro(until) AS ends,
    environment,
    service,
    owner,
    finding,
    recoveries,
    episodes,
    toUnixTimestamp64Micro(asked_at) AS asked,
    toUnixTimestamp64Micro(due_at) AS due
FROM follow_ups FINAL
ORDER BY began, id

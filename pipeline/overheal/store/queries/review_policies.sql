-- purpose: every policy that was ever followed, by service: when it last acted before `end`, its
-- newest version and when that last changed (0: never stated).
SELECT
    environment,
    service,
    JSONExtractString(detail, 'policy') AS policy,
    argMax(JSONExtractString(detail, 'policy_version'), time) AS version,
    max(JSONExtractInt(detail, 'policy_changed_at')) AS changed,
    toUnixTimestamp64Micro(max(time)) AS last
FROM action_events
WHERE policy != '' AND witness_of = '' AND phase IN ('started', 'finished', 'verified')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
GROUP BY environment, service, policy
ORDER BY environment, policy, service

-- purpose: what was done under an action's id, or under ids that begin so: one row per environment,
-- service and id, the newest first.
SELECT
    environment,
    service,
    argMax(type, time) AS kind,
    action_id,
    argMax(agent, time) AS who,
    max(agent_kind = 'human' OR JSONExtractString(detail, 'authority') = 'manual') AS by_hand,
    max(JSONExtract(detail, 'autonomy_level', 'Nullable(Int8)')) AS level,
    toUnixTimestamp64Micro(min(time)) AS began,
    argMaxIf(outcome, time, outcome != '') AS ended,
    max(phase IN ('started', 'finished', 'verified')) AS acted
FROM action_events
WHERE startsWith(action_id, {asked:String})
GROUP BY environment, service, action_id
ORDER BY action_id != {asked:String}, began DESC
LIMIT 20

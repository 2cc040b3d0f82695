-- purpose: fields of [start, end) that more than one automated agent wrote, with their agents.
SELECT
    environment,
    argMax(service, time) AS of_service,
    target_kind,
    target_name,
    field,
    arraySort(groupUniqArray(10)(agent)) AS agents
FROM action_events
WHERE phase = 'finished' AND outcome != 'failed' AND agent_kind != 'human' AND witness_of = ''
    AND drill = '' AND field != '' AND new != '' AND target_name != '' AND service != ''
    AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
GROUP BY environment, target_kind, target_namespace, target_cluster, target_region, target_name, field
HAVING length(agents) > 1
ORDER BY environment, of_service, target_kind, target_name, field

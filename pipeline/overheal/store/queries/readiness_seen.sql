-- purpose: what events of [start, end) say about each service: automation's actions, those without a
-- policy, the highest autonomy level, types it took, policies, scopes and owners that documents
-- state, kinds of observations, and when anything last came.
SELECT
    environment,
    service,
    uniqExactIf(action_id, automated) AS actions,
    uniqExactIf(action_id, automated AND JSONExtractString(detail, 'policy') = '') AS unruled,
    maxIf(JSONExtract(detail, 'autonomy_level', 'Nullable(Int8)'), automated) AS level,
    arraySort(groupUniqArrayIf(type, automated)) AS types,
    arraySort(groupUniqArrayIf(20)(JSONExtractString(detail, 'policy'),
        automated AND JSONExtractString(detail, 'policy') != '')) AS policies,
    arraySort(groupUniqArrayIf(5)(declared_scope, declared_scope != '')) AS scopes,
    arraySort(groupUniqArrayIf(5)(labels['owner'], labels['owner'] != '')) AS owners,
    arraySort(groupUniqArrayIf(type, phase = '')) AS told,
    toUnixTimestamp64Micro(max(time)) AS last
FROM
(
    SELECT
        *,
        phase IN ('started', 'finished', 'verified') AND witness_of = '' AND drill = ''
            AND agent_kind NOT IN ('human', 'platform')
            AND JSONExtractString(detail, 'authority') != 'manual' AS automated
    FROM
    (
        SELECT * FROM action_events UNION ALL SELECT * FROM observations
    )
)
WHERE service != ''
    AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
GROUP BY environment, service
ORDER BY environment, service

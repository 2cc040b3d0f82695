-- purpose: actions begun in [start, end) that foretold what they would do to services: predictions as
-- JSON, the scope, when the action began and was over.
SELECT
    environment,
    argMax(scope, time) AS home,
    service,
    action_id,
    argMax(agent, time) AS who,
    argMax(type, time) AS kind,
    toUnixTimestamp64Micro(min(time)) AS began,
    toUnixTimestamp64Micro(max(time)) AS over,
    argMin(JSONExtractRaw(document, 'data', 'decision', 'predicted_impact'), time) AS foretold
FROM action_events
WHERE action_id IN
    (
        SELECT action_id FROM action_events
        WHERE position(document, '"predicted_impact"') > 0 AND drill = ''
            AND JSONLength(document, 'data', 'decision', 'predicted_impact') > 0
            AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
            AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    )
    AND JSONLength(document, 'data', 'decision', 'predicted_impact') > 0
GROUP BY environment, service, action_id
HAVING max(phase IN ('started', 'finished', 'verified'))
    AND began >= {start:Int64} AND began < {end:Int64}
ORDER BY began, action_id

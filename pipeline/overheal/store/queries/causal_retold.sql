-- purpose: links that findings or rules make or ever made, that were written since a moment (microseconds UTC), or whose names became known since, with the nodes that the names stand for; whether they stand is not said.
WITH
    fromUnixTimestamp64Micro({since:Int64}, 'UTC') AS after,
    told AS
    (
        SELECT DISTINCT link.1 AS effect, link.2 AS cause FROM
        (
            SELECT finding, arrayJoin(arrayZip(effects, causes)) AS link FROM causal_inferences
        )
        WHERE finding IN (SELECT finding FROM causal_inferences WHERE written_at > after)
            OR cause IN (SELECT name FROM event_names WHERE written_at > after)
            OR effect IN (SELECT name FROM event_names WHERE written_at > after AND name != node)
        UNION DISTINCT
        SELECT effect, cause FROM causal_claims
        WHERE kind = 'inferred' AND written_at > after
    ),
    named AS
    (
        SELECT name, if(has(groupUniqArray(node) AS nodes, name), name, arrayMin(nodes)) AS node
        FROM event_names
        WHERE name IN (SELECT effect FROM told UNION ALL SELECT cause FROM told)
        GROUP BY name
    )
SELECT told.effect, told.cause, 'inferred', '', toFloat32(0), effects.node, causes.node
FROM told
LEFT JOIN named AS effects ON effects.name = told.effect
LEFT JOIN named AS causes ON causes.name = told.cause

-- purpose: the links to nodes that findings stand for, with the nodes that their names stand for.
WITH
    told AS
    (
        SELECT effect, cause, reason, confidence FROM causal_inferred
        WHERE effect IN
        (
            SELECT arrayJoin(/*nodes*/[])
            UNION ALL SELECT id FROM event_names WHERE name IN /*nodes*/[]
        )
    ),
    named AS
    (
        SELECT name, if(has(groupUniqArray(node) AS nodes, name), name, arrayMin(nodes)) AS node
        FROM event_names
        WHERE name IN (SELECT effect FROM told UNION ALL SELECT cause FROM told)
        GROUP BY name
    )
SELECT told.effect, told.cause, 'inferred', told.reason, told.confidence, effects.node, causes.node
FROM told
LEFT JOIN named AS effects ON effects.name = told.effect
LEFT JOIN named AS causes ON causes.name = told.cause

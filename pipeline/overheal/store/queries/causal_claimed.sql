-- purpose: declared claims made since a moment (microseconds UTC), or whose names became known since, each with the nodes that its names stand for; an empty node: nobody has that name.
WITH
    fromUnixTimestamp64Micro({since:Int64}, 'UTC') AS after,
    claimed AS
    (
        SELECT effect, cause, kind, reason, confidence FROM causal_claims FINAL
        WHERE kind = 'declared' AND
        (
            written_at > after
            OR cause IN (SELECT name FROM event_names WHERE written_at > after)
            OR effect IN (SELECT name FROM event_names WHERE written_at > after AND name != node)
        )
    ),
    named AS
    (
        SELECT name, if(has(groupUniqArray(node) AS nodes, name), name, arrayMin(nodes)) AS node
        FROM event_names
        WHERE name IN (SELECT effect FROM claimed UNION ALL SELECT cause FROM claimed)
        GROUP BY name
    )
SELECT claimed.effect, claimed.cause, claimed.kind, claimed.reason, claimed.confidence,
    effects.node, causes.node
FROM claimed
LEFT JOIN named AS effects ON effects.name = claimed.effect
LEFT JOIN named AS causes ON causes.name = claimed.cause

-- purpose: which service's actions led to which other's, declared and inferred, and how often.
WITH edges AS (SELECT effect, cause, kind, confidence FROM causal_edges FINAL WHERE NOT gone),
named AS
(
    SELECT node, argMin(service, time) AS service, argMin(environment, time) AS environment
    FROM event_names
    WHERE name = node
        AND time >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
        AND time <= fromUnixTimestamp64Micro({until:Int64}, 'UTC')
        AND node IN (SELECT effect FROM edges UNION ALL SELECT cause FROM edges)
    GROUP BY node
)
SELECT causes.environment AS environment, causes.service AS cause, effects.service AS effect,
    edges.kind AS kind, count() AS times, round(avg(edges.confidence), 3) AS confidence
FROM edges
INNER JOIN named AS causes ON causes.node = edges.cause
INNER JOIN named AS effects ON effects.node = edges.effect
WHERE causes.service != effects.service AND causes.service != '' AND effects.service != ''
    AND causes.environment = effects.environment
GROUP BY environment, cause, effect, kind
ORDER BY environment, cause, effect, kind

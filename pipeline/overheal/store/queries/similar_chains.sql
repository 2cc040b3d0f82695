-- purpose: similar earlier chains: roots of the same service, agent and type that led to something, with what they led to and how much of it is the same.
WITH
    (SELECT argMin(tuple(service, agent, type), time) FROM event_names
        WHERE name = {root:String} AND node = {root:String}) AS wanted,
    trees AS
    (
        SELECT root, node, depth FROM causal_roots FINAL
        WHERE NOT gone AND depth > 0 AND root IN
        (
            SELECT node FROM event_names
            WHERE name = node AND (service, agent, type) = wanted
        )
    ),
    parts AS
    (
        SELECT root, max(depth) AS deepest, groupUniqArray((names.service, names.type)) AS steps
        FROM trees
        INNER JOIN
        (
            SELECT node, any(service) AS service, any(type) AS type FROM event_names
            WHERE name = node AND name IN (SELECT node FROM trees)
            GROUP BY node
        ) AS names ON names.node = trees.node
        GROUP BY root
    ),
    (SELECT any(steps) FROM parts WHERE root = {root:String}) AS ours
SELECT formatDateTime(seen.time, '%FT%TZ', 'UTC') AS at, parts.root AS root, deepest AS links,
    round(length(arrayIntersect(steps, ours))
        / length(arrayDistinct(arrayConcat(steps, ours))), 3) AS alike,
    arrayStringConcat(arraySort(arrayMap(s -> concat(s.1, ' ', s.2), steps)), ', ') AS led_to
FROM parts
INNER JOIN
(
    SELECT node, min(time) AS time FROM event_names
    WHERE name = node AND name IN (SELECT root FROM parts) GROUP BY node
) AS seen ON seen.node = parts.root
WHERE parts.root != {root:String}
ORDER BY alike DESC, seen.time DESC
LIMIT {most:UInt32}

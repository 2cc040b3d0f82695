-- purpose: the nodes that names stand for.
SELECT name, if(has(groupUniqArray(node) AS nodes, name), name, arrayMin(nodes)) AS node
FROM event_names
WHERE name IN /*names*/[]
GROUP BY name

-- purpose: nodes by a name, an event's or an action's id, or by the beginning of one.
SELECT name, if(has(groupUniqArray(node) AS nodes, name), name, arrayMin(nodes)) AS found
FROM event_names
WHERE startsWith(name, {beginning:String})
GROUP BY name
ORDER BY name
LIMIT 20

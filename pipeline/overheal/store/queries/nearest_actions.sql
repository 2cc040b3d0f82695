-- purpose: whether an action or event of an id is there, and the ids that look most like it.
SELECT name, name = {id:String} AS itself
FROM
(
    SELECT DISTINCT arrayJoin([id, action_id]) AS name
    FROM action_events
    WHERE name != ''
)
ORDER BY itself DESC, editDistance(substring(name, 1, 256), substring({id:String}, 1, 256)), name
LIMIT 3

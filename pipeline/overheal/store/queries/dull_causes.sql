-- purpose: how many seconds lie at most between the first event of a cause's action and an event in
-- [start, end) that names it.
SELECT toInt64(max(toInt64(toUnixTimestamp(effect.time)) - toInt64(toUnixTimestamp(begun.first))))
FROM
(
    SELECT time, arrayJoin(caused_by) AS cause FROM action_events
    WHERE notEmpty(caused_by)
        AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
) AS effect
INNER JOIN
(
    SELECT arrayJoin([action_id, id]) AS name, min(first_of_action) AS first
    FROM
    (
        SELECT action_id, id, min(time) OVER (PARTITION BY action_id) AS first_of_action
        FROM action_events
        WHERE /*told*/[]
            AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    )
    GROUP BY name
    HAVING name IN
    (
        SELECT arrayJoin(caused_by) FROM action_events
        WHERE notEmpty(caused_by)
            AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    )
) AS begun ON begun.name = effect.cause

-- purpose: of actions that matter: how many events wrote a field that does not, and over how many
-- microseconds an action is told at most in [start, end).
SELECT
    sum(elsewhere),
    max(toUnixTimestamp64Micro(last) - toUnixTimestamp64Micro(first))
FROM
(
    SELECT
        countIf((/*written*/[]) AND NOT (/*matters*/[])) AS elsewhere,
        min(time) AS first,
        max(time) AS last
    FROM action_events
    WHERE action_id IN
        (
            SELECT action_id FROM action_events
            WHERE (/*matters*/[])
                AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
                AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
        )
        AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
        AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    GROUP BY action_id
)

-- purpose: over how many seconds an action that matters is told at most in [start, end).
SELECT toInt64(max(lasted))
FROM
(
    SELECT max(toUnixTimestamp(time)) - min(toUnixTimestamp(time)) AS lasted FROM action_events
    WHERE /*shared*/[]
        AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    GROUP BY cityHash64(action_id)
)

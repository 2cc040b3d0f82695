-- purpose: over how many seconds an action that matters is told at most in [start, end), and how
-- many rows matter only because they share something with one that does by itself.
SELECT toInt64(max(lasted)), sum(between)
FROM
(
    SELECT
        max(toUnixTimestamp(time)) - min(toUnixTimestamp(time)) AS lasted,
        countIf(NOT /*bright*/[]) AS between
    FROM action_events
    WHERE /*shared*/[]
        AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    GROUP BY cityHash64(action_id)
)

-- purpose: the names of all fields that were written in [start, end).
SELECT DISTINCT field FROM action_events
WHERE (/*written*/[])
    AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')

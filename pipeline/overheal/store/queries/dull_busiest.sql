-- purpose: how many actions are told at most in one of the stretches of some seconds into which
-- [start, end) is cut.
SELECT max(told)
FROM
(
    SELECT count() AS told FROM action_events
    WHERE /*told*/[]
        AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    GROUP BY intDiv(toUnixTimestamp(time), {seconds:UInt32})
)

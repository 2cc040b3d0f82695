-- purpose: how many actions in [start, end) would be left out although they share something with
-- some that are told only because those share something with what matters.
SELECT count() FROM action_events
WHERE /*apart*/[]
    AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')

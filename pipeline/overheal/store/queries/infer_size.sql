-- purpose: how many events about actions there were between two moments (microseconds UTC).
SELECT count()
FROM action_facts
WHERE time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')

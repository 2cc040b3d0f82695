-- purpose: how many actions were recorded in each drill within [start, end).
SELECT drill, uniqExact(action_id) AS actions
FROM action_events
WHERE drill != '' AND phase IN ('started', 'finished', 'verified') AND witness_of = ''
    AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
GROUP BY drill
ORDER BY drill

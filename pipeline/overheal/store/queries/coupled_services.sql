-- purpose: environments and services of which more than one agent with a mandate wrote coupled fields
-- in [start, end), and where no service is named one agent is enough.
SELECT environment, service
FROM action_events
WHERE (/*pushed*/[])
    AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
GROUP BY environment, service
HAVING service = '' OR min(agent) != max(agent)

-- purpose: how many events an agent told of a service between two moments (microseconds UTC), both exclusive.
SELECT count() FROM action_events
WHERE service = {service:String} AND agent = {agent:String}
    AND time > fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')

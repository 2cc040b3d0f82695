-- purpose: fields that more than one agent wrote in [start, end), by hash, with how many events wrote
-- them, and whether the field has no name.
SELECT /*field*/[] AS place, count() AS written, max(field = '') AS nameless
FROM action_events
WHERE (/*services*/[]) AND (/*written*/[])
    AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
GROUP BY place
HAVING minIf(agent, /*wish*/[]) != maxIf(agent, /*wish*/[])
LIMIT {most:UInt64}

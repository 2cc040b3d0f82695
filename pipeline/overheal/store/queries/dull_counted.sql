-- purpose: of the actions told in [start, end): how many there are, how many of them are dull by
-- themselves, and how many name causes.
SELECT countIf(/*told*/[]), countIf(/*dull*/[]), countIf(/*told*/[] AND notEmpty(caused_by))
FROM action_events
WHERE time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')

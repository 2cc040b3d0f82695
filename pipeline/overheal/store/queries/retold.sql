-- purpose: events of some places in [start, end), in the order in which a scope is told them, only
-- the columns and rows that are asked for. A row delivered twice comes twice, one after the other.
SELECT /*columns*/[]
FROM
(
    SELECT * FROM action_events
    WHERE (/*services*/[]) AND (/*actions*/[])
        AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
        AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    UNION ALL
    SELECT * FROM observations
    WHERE (/*services*/[]) AND (/*observations*/[])
        AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
        AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
)
WHERE /*places*/[]
ORDER BY
    time,
    transform
    (
        phase,
        ['proposed', 'approved', 'rejected', 'started', 'finished', 'verified'],
        [1, 2, 3, 4, 5, 6],
        0
    ),
    source,
    id

-- purpose: how many actions of some places that matter are told over at least `span` microseconds in
-- [start, end), counted from the first of their events of some kind.
SELECT count()
FROM
(
    SELECT action_id
    FROM action_events
    WHERE (/*services*/[])
        AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
        AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    GROUP BY action_id
    HAVING max(/*matters*/[])
        AND toUnixTimestamp64Micro(max(time)) - toUnixTimestamp64Micro(minIf(time, /*since*/[]))
            >= {span:Int64}
)

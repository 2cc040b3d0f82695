-- purpose: how many actions of some places that recover something are told over at least `span`
-- microseconds in [start, end).
SELECT count()
FROM
(
    SELECT action_id
    FROM action_events
    WHERE (/*services*/[])
        AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
        AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    GROUP BY action_id
    HAVING max(recovery)
        AND toUnixTimestamp64Micro(max(time)) - toUnixTimestamp64Micro(min(time)) >= {span:Int64}
)

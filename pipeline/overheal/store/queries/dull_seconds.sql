-- purpose: the seconds of [start, end) in which something is told of which activity is made, outside
-- of some spans.
SELECT DISTINCT toUnixTimestamp(time) AS second
FROM
(
    SELECT time FROM action_events
    WHERE (/*told*/[] OR (user_visible AND service != '' AND witness_of = ''))
        AND NOT /*spans*/[]
        AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    UNION ALL
    SELECT time FROM observations
    WHERE ((user_visible AND service != '') OR (type = 'heartbeat' AND agent != ''))
        AND witness_of = ''
        AND NOT /*spans*/[]
        AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
)
ORDER BY second

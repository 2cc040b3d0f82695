-- purpose: (source, id, time) of all events of one lane up to an offset and at or after a time.
SELECT source, id, toUnixTimestamp64Micro(time) AS at
FROM
(
    SELECT source, id, time, _topic, _epoch, _partition, _offset FROM action_events
    UNION ALL
    SELECT source, id, time, _topic, _epoch, _partition, _offset FROM observations
)
WHERE _topic = {topic:String}
    AND _epoch = {epoch:String}
    AND _partition = {partition:UInt32}
    AND _offset <= {upto:Int64}
    AND time >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')

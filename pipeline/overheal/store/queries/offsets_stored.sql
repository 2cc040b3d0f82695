-- purpose: the places within one range of offsets that hold stored events.
SELECT DISTINCT _offset AS place, _item AS item
FROM
(
    SELECT _offset, _item, _topic, _epoch, _partition FROM action_events
    UNION ALL
    SELECT _offset, _item, _topic, _epoch, _partition FROM observations
)
WHERE _topic = {topic:String}
    AND _epoch = {epoch:String}
    AND _partition = {partition:UInt32}
    AND _offset >= {first:UInt64}
    AND _offset <= {last:UInt64}
ORDER BY place, item

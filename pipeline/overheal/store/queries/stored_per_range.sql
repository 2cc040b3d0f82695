-- purpose: how many different places within each range of offsets hold stored events. `starts` are
-- the starts of the ranges and of what lies between them, so that each row falls into one.
-- Records of one event are counted in a bitmap: exact, and about a bit a record.
SELECT
    roundDown(_offset, /*starts*/[]) AS start,
    groupBitmapIf(_offset - start, _item = 0)
        + uniqExactIf((_offset, _item), _item > 0) AS places
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
GROUP BY start

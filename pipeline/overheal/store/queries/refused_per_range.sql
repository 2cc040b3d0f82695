-- purpose: how many different places within each range of offsets hold dead letters; `starts` as
-- for stored events.
SELECT
    roundDown(line, /*starts*/[]) AS start,
    uniqExact((line, item)) AS places
FROM dead_letters
WHERE origin = {topic:String}
    AND epoch = {epoch:String}
    AND partition = {partition:UInt32}
    AND line >= {first:UInt64}
    AND line <= {last:UInt64}
GROUP BY start

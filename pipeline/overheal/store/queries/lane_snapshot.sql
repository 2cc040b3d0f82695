-- purpose: the newest snapshot of a lane itself, of exactly this epoch and partition.
SELECT
    topic,
    scope,
    drill,
    epoch,
    partition,
    partitions,
    _offset AS place,
    record_key,
    format,
    due,
    state,
    toUnixTimestamp64Micro(written_at) AS written
FROM detector_state
WHERE topic = {topic:String}
    AND epoch = {epoch:String}
    AND partition = {partition:UInt32}
    AND scope = ''
ORDER BY place DESC, written DESC
LIMIT 1

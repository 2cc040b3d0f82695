-- purpose: the snapshots of one lane: of each scope and drill the place that was written last, where
-- that place is this lane, or the topic had another count of partitions then and the key belongs
-- here now. kafkaMurmurHash is what Kafka's own clients place keys with.
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
WHERE topic = {topic:String} AND (partition, epoch, scope, drill, _offset) IN
(
    SELECT newest.1, newest.2, scope, drill, newest.3
    FROM
    (
        SELECT
            scope,
            drill,
            argMax((partition, epoch, _offset, partitions, record_key), (written_at, _offset))
                AS newest
        FROM detector_state
        WHERE topic = {topic:String} AND scope != ''
        GROUP BY scope, drill
    )
    WHERE if
    (
        newest.4 = {partitions:UInt32},
        newest.1,
        bitAnd(kafkaMurmurHash(newest.5), 0x7fffffff) % {partitions:UInt32}
    ) = {partition:UInt32}
)

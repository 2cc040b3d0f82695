-- purpose: where events with the asked ids stood, the first stored first. The first lookup is by
-- id, the second by the sorting key it finds. A part's name holds the number of its insert.
SELECT source, id, topic, epoch, partition, place, item
FROM
(
    SELECT
        source, id, _topic AS topic, _epoch AS epoch, _partition AS partition, _offset AS place,
        _item AS item, received_at, toUInt64(splitByChar('_', _part)[2]) AS block
    FROM action_events
    WHERE (service, time, id) IN
    (
        SELECT service, time, id FROM action_events WHERE id_hash IN
        (
            SELECT sipHash64(id) FROM asked WHERE question = {question:UInt64}
        )
    )
    UNION ALL
    SELECT
        source, id, _topic AS topic, _epoch AS epoch, _partition AS partition, _offset AS place,
        _item AS item, received_at, toUInt64(splitByChar('_', _part)[2]) AS block
    FROM observations
    WHERE (service, time, id) IN
    (
        SELECT service, time, id FROM observations WHERE id_hash IN
        (
            SELECT sipHash64(id) FROM asked WHERE question = {question:UInt64}
        )
    )
)
ORDER BY received_at, block

-- purpose: the ledger of one topic, of one epoch or (where it is empty) of all, in order.
SELECT
    origin,
    epoch,
    partition,
    first,
    last,
    records,
    received,
    stored,
    duplicates,
    dead_letters,
    ignored,
    toUnixTimestamp64Micro(written_at) AS written,
    watermark,
    late,
    reasons
FROM ingest_ranges FINAL
WHERE origin = {topic:String} AND (epoch = {epoch:String} OR {epoch:String} = '')
ORDER BY epoch, partition, first, last

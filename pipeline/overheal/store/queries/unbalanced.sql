-- purpose: ranges of the ledger in which received is not stored + duplicates + dead letters.
SELECT
    origin,
    epoch,
    partition,
    first,
    last,
    toInt64(received) - toInt64(stored) - toInt64(duplicates) - toInt64(dead_letters) AS missing
FROM ingest_ranges FINAL
WHERE missing != 0
ORDER BY origin, epoch, partition, first
LIMIT 20

-- purpose: how far the ledger of one partition goes without a gap below offset `below` (exclusive),
-- its last watermark, and the dead letters since a record that was not refused. It has no gap where
-- every range starts where another one ended: the two sums are equal but for the two ends.
WITH entries AS
(
    SELECT
        first, last, watermark, dead_letters,
        received > dead_letters OR ignored > 0 AS readable
    FROM ingest_ranges FINAL
    WHERE origin = {topic:String}
        AND epoch = {epoch:String}
        AND partition = {partition:UInt32}
        AND first < {below:UInt64}
)
SELECT
    count() AS entries,
    max(last) + 1 AS next_offset,
    argMax(watermark, (first, last)) AS newest,
    sumIf(dead_letters, first > (SELECT maxIf(toInt64(first), readable) FROM entries)
        OR NOT (SELECT max(readable) FROM entries)) AS streak,
    sum(sipHash64(first)) - sum(sipHash64(last + 1))
        = sipHash64(min(first)) - sipHash64(max(last) + 1) AS gapless
FROM entries

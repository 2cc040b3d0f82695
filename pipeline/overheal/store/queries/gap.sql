-- purpose: the first offset in the ledger of one partition that has a gap before it, if any.
SELECT min(first)
FROM
(
    SELECT
        first,
        max(last) OVER (ORDER BY first, last ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
            AS reached,
        row_number() OVER (ORDER BY first, last ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
            AS number
    FROM ingest_ranges FINAL
    WHERE origin = {topic:String}
        AND epoch = {epoch:String}
        AND partition = {partition:UInt32}
)
WHERE number > 1 AND first > reached + 1
HAVING count() > 0

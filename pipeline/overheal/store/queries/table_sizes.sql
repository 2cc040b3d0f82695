-- purpose: what each table takes on disk, in how many parts, and after how many days its rows expire.
SELECT
    part.table,
    sum(part.rows) AS rows,
    sum(part.bytes_on_disk) AS bytes,
    sum(part.data_uncompressed_bytes) AS plain_bytes,
    count() AS parts,
    uniqExact(part.partition) AS partitions,
    any(expiring.days) AS expires_days
FROM system.parts AS part
LEFT JOIN
(
    SELECT name, toUInt32OrNull(extract(engine_full, ' TTL .* \\+ toIntervalDay\\((\\d+)\\)')) AS days
    FROM system.tables
    WHERE database = currentDatabase()
) AS expiring ON expiring.name = part.table
WHERE part.active AND part.database = currentDatabase()
GROUP BY part.table
ORDER BY bytes DESC

-- purpose: what each table takes on disk, and from when to when it was written to.
SELECT
    table,
    sum(rows) AS rows,
    sum(bytes_on_disk) AS bytes,
    sum(data_uncompressed_bytes) AS plain_bytes,
    count() AS parts,
    uniqExact(partition) AS partitions
FROM system.parts
WHERE active AND database = currentDatabase()
GROUP BY table
ORDER BY bytes DESC

-- purpose: the tables that hold something of their own, with their engine and sorting key: what an
-- export takes, an erasure changes and a check looks at. Questions while they are asked, and which
-- migrations were applied, are not among them.
SELECT name, engine, sorting_key, partition_key
FROM system.tables
WHERE database = currentDatabase()
    AND endsWith(engine, 'MergeTree')
    AND name NOT IN ('asked', 'schema_migrations')
    AND NOT startsWith(name, '.inner')
ORDER BY name

-- purpose: the tables that hold something, with engine and keys, and whether the store works it out
-- from other tables by itself: what an export takes, an erasure changes and a check looks at.
-- Questions while they are asked, and which migrations were applied, are not among them.
WITH fed AS
(
    SELECT extract(create_table_query, ' TO (?:`?\\w+`?\\.)?`?(\\w+)`?') AS name
    FROM system.tables
    WHERE database = currentDatabase()
        AND engine = 'MaterializedView'
        AND position(create_table_query, ' REFRESH ') = 0
)
SELECT
    name,
    engine,
    sorting_key,
    partition_key,
    name IN (SELECT name FROM fed) OR startsWith(name, 'causal_') OR startsWith(name, 'kpi_') AS derived
FROM system.tables
WHERE database = currentDatabase()
    AND endsWith(engine, 'MergeTree')
    AND name NOT IN ('asked', 'schema_migrations')
    AND NOT startsWith(name, '.inner')
ORDER BY derived, name

-- purpose: every table and view of the store with its columns, for whoever wants to ask something.
SELECT table, name, type, comment
FROM system.columns
WHERE database = currentDatabase() AND table NOT IN ('asked', 'schema_migrations')
ORDER BY table, position

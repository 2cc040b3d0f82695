-- purpose: the columns of every table that can be written, in order, with their types.
SELECT table, name, type
FROM system.columns
WHERE database = currentDatabase() AND default_kind IN ('', 'DEFAULT')
ORDER BY table, position

-- purpose: what the views of KPIs select, to be asked with their parameters.
SELECT name, as_select
FROM system.tables
WHERE database = currentDatabase() AND startsWith(name, 'kpi_') AND engine = 'View'

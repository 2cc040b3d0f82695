-- purpose: what the views of KPIs select, to be asked with their parameters.
SELECT name, as_select
FROM system.tables
WHERE database = currentDatabase() AND name IN ('kpi_of_actions', 'kpi_of_levels', 'kpi_of_episodes', 'kpi_settled_actions', 'kpi_settled_levels', 'kpi_settled_episodes', 'kpi_on_call')

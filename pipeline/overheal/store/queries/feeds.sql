-- purpose: the views that fill a table with each insert, where a row that is written again replaces itself: view, table, the columns that it writes, the table's key, and what it selects.
SELECT
    view.name AS name,
    view.target AS target,
    groupArray(column.name) AS columns,
    any(arrayMap(part -> trimBoth(part, ' `'), splitByChar(',', fed.sorting_key))) AS key,
    any(view.as_select) AS as_select
FROM
(
    SELECT name, as_select, extract(create_table_query, ' TO (?:`?\\w+`?\\.)?`?(\\w+)`?') AS target
    FROM system.tables
    WHERE database = currentDatabase()
        AND engine = 'MaterializedView'
        AND position(create_table_query, ' REFRESH ') = 0
) AS view
INNER JOIN system.tables AS fed ON fed.name = view.target
INNER JOIN system.columns AS column ON column.table = view.name
WHERE fed.database = currentDatabase()
    AND column.database = currentDatabase()
    AND startsWith(fed.engine, 'Replacing')
GROUP BY name, target
ORDER BY name

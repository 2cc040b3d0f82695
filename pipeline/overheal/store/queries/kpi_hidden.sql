-- purpose: how many incidents were hidden and for how long, and how many incidents people were
-- called for; beside the rates that the same views hold.
SELECT
    of_environment,
    of_service,
    part.1 AS name,
    part.2 AS unit,
    part.3 AS value
FROM
(
    SELECT
        of_environment,
        of_service,
        arrayJoin
        ([
            ('hidden_incidents', 'incidents', if(is_connected, toNullable(toFloat64(hidden_ones)), NULL)),
            ('hidden_minutes', 'minutes', if(is_connected, toNullable(hidden_minutes), NULL))
        ]) AS part
    FROM kpi_hidden_incidents(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String}, per_service = {per_service:UInt8})
    UNION ALL
    SELECT
        of_environment,
        of_service,
        ('on_call_incidents', 'incidents', toNullable(toFloat64(incident_count))) AS part
    FROM kpi_on_call(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String}, per_service = {per_service:UInt8})
)

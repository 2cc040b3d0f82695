-- purpose: the rows of one KPI's view, for everything or for each service.
SELECT
    of_environment,
    of_service,
    name,
    of,
    unit,
    value,
    low,
    high,
    numerator,
    denominator,
    unknown,
    open
FROM kpi_view(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = {service:String}, environment = {environment:String}, per_service = {per_service:UInt8})

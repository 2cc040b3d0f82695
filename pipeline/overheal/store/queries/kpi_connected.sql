-- purpose: whether any source of alerts or pages was connected in a span.
SELECT connected
FROM kpi_alerts_connected(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, environment = {environment:String})

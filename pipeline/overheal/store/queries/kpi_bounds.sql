-- purpose: as far as a span is settled, the moments that the views of KPIs need (kpi_bounds, kpi_episode_bounds).
SELECT
    (SELECT bounds FROM kpi_bounds(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64})) AS settled,
    (SELECT bounds FROM kpi_episode_bounds(as_of = {as_of:Int64})) AS of_episodes

-- purpose: until when episodes are settled as they still hold (0: nothing), from when on those of
-- kpi_loose_services are not, since when what came made these loose; and the catalogs that what is settled
-- now is felt through; microseconds UTC.
SELECT bounds, catalogs
FROM kpi_episode_bounds(as_of = {as_of:Int64})

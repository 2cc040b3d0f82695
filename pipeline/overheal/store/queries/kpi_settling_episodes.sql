-- purpose: until when episodes are settled as they still hold (0: nothing), from when on those of
-- kpi_loose_services are not, and the catalogs that what is settled now is felt through; microseconds UTC.
SELECT until, loose_from, arrayFilter(one -> one < {as_of:Int64} OR one = known[1], known) AS catalogs
FROM kpi_episode_bounds(as_of = {as_of:Int64})

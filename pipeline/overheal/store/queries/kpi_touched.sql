-- purpose: between which moments something came for settled hours since the last settling.
SELECT toUnixTimestamp64Micro(min(since)), toUnixTimestamp64Micro(max(until)), count()
FROM kpi_touched
WHERE touched_at >= fromUnixTimestamp64Micro({trusted_from:Int64}, 'UTC')

-- purpose: when the first stored event was (microseconds UTC); no row where there is none.
SELECT toUnixTimestamp64Micro(min(time)) AS first
FROM (SELECT time FROM action_events UNION ALL SELECT time FROM observations)
HAVING count() > 0

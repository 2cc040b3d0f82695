-- purpose: when the first stored event was (microseconds UTC); no row where there is none.
SELECT toUnixTimestamp64Micro(min(first)) AS first
FROM
(
    SELECT min(time) AS first, count() AS events FROM action_events
    UNION ALL
    SELECT min(time) AS first, count() AS events FROM observations
)
WHERE events > 0
HAVING count() > 0

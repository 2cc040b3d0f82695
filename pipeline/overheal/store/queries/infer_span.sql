-- purpose: when the first and the last thing happened whose name became known since a moment, and when the first of all did (microseconds UTC); 0 where there is none.
SELECT
    toUnixTimestamp64Micro(min(time)) AS first,
    toUnixTimestamp64Micro(max(time)) AS last,
    (SELECT toUnixTimestamp64Micro(min(time)) FROM action_events) AS begun,
    count() AS names
FROM event_names
WHERE written_at > fromUnixTimestamp64Micro({since:Int64}, 'UTC')

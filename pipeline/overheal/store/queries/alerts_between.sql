-- purpose: when people were told of something, by alert or page and not by us, in start ≤ time < end.
SELECT DISTINCT toUnixTimestamp64Micro(time) AS at
FROM signal_facts
WHERE kind IN ('alert', 'page') AND NOT ours AND drill = ''
    AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
ORDER BY at

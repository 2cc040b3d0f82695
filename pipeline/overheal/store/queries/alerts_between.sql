-- purpose: when people were told of something, by alert or page, with start ≤ time < end.
SELECT DISTINCT toUnixTimestamp64Micro(time) AS at
FROM observations FINAL
WHERE type IN ('alert', 'page')
    AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
ORDER BY at

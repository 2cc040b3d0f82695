-- purpose: how many records were refused and received from a time on, and for which reasons.
SELECT code, count() AS refused
FROM dead_letters FINAL
WHERE received_at >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
GROUP BY code
ORDER BY refused DESC, code

-- purpose: what was seen of one service with start ≤ time ≤ end, oldest first, at most 50.
SELECT
    toUnixTimestamp64Micro(time) AS at,
    type,
    name,
    new_text AS value,
    condition,
    user_visible
FROM observations FINAL
WHERE service = {service:String} AND environment = {environment:String}
    AND (user_visible OR type IN ('symptom', 'alert', 'page'))
    AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time <= fromUnixTimestamp64Micro({end:Int64}, 'UTC')
ORDER BY at, id
LIMIT 50

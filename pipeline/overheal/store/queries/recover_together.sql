-- purpose: services that recover together: in how many of the five minutes in which the rarer of two recovered the other did too.
WITH moments AS
(
    SELECT DISTINCT environment, service, toStartOfFiveMinutes(counted_at) AS moment
    FROM action_events FINAL
    WHERE counted > 0 AND service != ''
        AND time >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
        AND time <= fromUnixTimestamp64Micro({until:Int64}, 'UTC')
),
totals AS (SELECT environment, service, count() AS total FROM moments GROUP BY environment, service)
SELECT environment, a.service AS one, b.service AS other, count() AS together,
    round(count() / least(any(x.total), any(y.total)), 3) AS share
FROM moments AS a
INNER JOIN moments AS b ON a.environment = b.environment AND a.moment = b.moment
INNER JOIN totals AS x ON x.environment = a.environment AND x.service = a.service
INNER JOIN totals AS y ON y.environment = b.environment AND y.service = b.service
WHERE a.service < b.service
    AND ({service:String} IN ('', a.service, b.service)
        OR endsWith(a.service, concat('/', {service:String}))
        OR endsWith(b.service, concat('/', {service:String})))
GROUP BY environment, one, other
HAVING together >= 3
ORDER BY share DESC, together DESC, one, other
LIMIT {most:UInt32}

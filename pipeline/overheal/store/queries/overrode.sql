-- purpose: who overrode whom: one agent's value of a field replaced by another's different one, by pair.
SELECT agent AS overrider, before AS overridden, count() AS times,
    uniqExact(target, field) AS fields, any(concat(target, ' ', field)) AS example,
    formatDateTime(max(time), '%FT%TZ', 'UTC') AS last_at
FROM
(
    SELECT *,
        lagInFrame(agent) OVER each AS before, lagInFrame(new) OVER each AS was
    FROM field_writes FINAL
    WHERE time >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
        AND time <= fromUnixTimestamp64Micro({until:Int64}, 'UTC')
        AND ({service:String} IN ('', service) OR endsWith(service, concat('/', {service:String})))
    WINDOW each AS
    (
        PARTITION BY environment, target_kind, cluster, namespace, target, field
        ORDER BY time, id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
)
WHERE before NOT IN ('', agent) AND was != new
GROUP BY overrider, overridden
ORDER BY times DESC, overrider, overridden
LIMIT {most:UInt32}

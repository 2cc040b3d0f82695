-- purpose: chains that end in a page: each page since a moment, its roots, and how many links lie between.
SELECT formatDateTime(pages.time, '%FT%TZ', 'UTC') AS time, pages.service AS service,
    pages.id AS page, roots.root AS root, roots.depth AS links
FROM
(
    SELECT id, service, time FROM observations FINAL
    WHERE type = 'page' AND time >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
        AND time <= fromUnixTimestamp64Micro({until:Int64}, 'UTC')
        AND ({service:String} IN ('', service) OR endsWith(service, concat('/', {service:String})))
) AS pages
INNER JOIN
(
    SELECT node, root, depth FROM causal_roots FINAL
    WHERE NOT gone AND depth > 0 AND node IN
    (
        SELECT id FROM observations
        WHERE type = 'page' AND time >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
            AND time <= fromUnixTimestamp64Micro({until:Int64}, 'UTC')
    )
) AS roots ON roots.node = pages.id
ORDER BY time DESC, page, links, root
LIMIT {most:UInt32}

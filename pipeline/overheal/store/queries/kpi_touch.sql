-- purpose: note the services of which settled actions were told more since the last settling: what was
-- told long after they began, and successes that were disproved.
INSERT INTO kpi_touched
SELECT environment, service, min(time), max(time), fromUnixTimestamp64Micro({trusted_from:Int64}, 'UTC')
FROM
(
    SELECT environment, service, time
    FROM action_facts
    WHERE time < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
        AND time >= fromUnixTimestamp64Micro(greatest({trusted_from:Int64}, 262800000000) - 262800000000, 'UTC')
        AND action IN
        (
            SELECT action
            FROM action_facts
            WHERE time >= fromUnixTimestamp64Micro(greatest({trusted_from:Int64}, 3600000000) - 3600000000, 'UTC')
        )
    UNION ALL
    SELECT environment, service, time
    FROM action_facts
    WHERE time < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
        AND time >= fromUnixTimestamp64Micro(greatest({until:Int64}, 2592000000000) - 2592000000000, 'UTC')
        AND (environment, service) IN (SELECT environment, service FROM outcome_restatements WHERE written_at >= fromUnixTimestamp64Micro({trusted_from:Int64}, 'UTC'))
        AND action IN (SELECT sipHash64(action_id) FROM outcome_restatements WHERE written_at >= fromUnixTimestamp64Micro({trusted_from:Int64}, 'UTC'))
)
GROUP BY environment, service

-- purpose: automated recoveries with start ≤ the action's start < end, per service and hour, by the
-- last outcome that was told of each action; verified are those of the succeeded that somebody checked.
SELECT
    environment,
    service,
    toInt64(toUnixTimestamp(toStartOfHour(began))) * 1000000 AS hour,
    sumIf(recoveries, outcome = 'succeeded') AS succeeded,
    sumIf(recoveries, outcome IN ('', 'unknown')) AS unknown,
    sum(recoveries) AS total,
    sumIf(recoveries, outcome = 'succeeded' AND checked) AS verified
FROM
(
    SELECT
        environment,
        service,
        action_id,
        minIf(counted_at, counted > 0) AS began,
        sum(counted) AS recoveries,
        argMaxIf(outcome, (time, id), outcome != '') AS outcome,
        max(phase = 'verified' OR JSONExtractBool(document, 'data', 'actual', 'verified')) AS checked
    FROM action_events AS event FINAL
    WHERE time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    GROUP BY environment, service, action_id
    HAVING recoveries > 0 AND began >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
        AND began < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
)
GROUP BY environment, service, hour
ORDER BY environment, service, hour
SETTINGS do_not_merge_across_partitions_select_final = 1

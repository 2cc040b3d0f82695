-- purpose: outcomes that were told otherwise later, or shown to be none, within start ≤ decided_at < end (microseconds
-- UTC), oldest first. settled: 1 where all is settled, so that it is known of which actions more than one was told.
WITH
    ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String}))) AS named,
    fromUnixTimestamp64Micro({start:Int64}, 'UTC') AS from,
    fromUnixTimestamp64Micro({end:Int64}, 'UTC') AS until,
    fromUnixTimestamp64Micro(greatest({start:Int64}, 259200000000) - 259200000000, 'UTC') AS told_from,
    sought AS
    (
        SELECT DISTINCT environment, service, sipHash64(action_id) AS action
        FROM kpi_actions
        WHERE {settled:UInt8} = 1 AND retold AND named AND hour >= told_from - toIntervalHour(73) AND hour < until
    )
SELECT environment, service, action_id, toUnixTimestamp64Micro(at) AS decided, was, becomes, count, reason
FROM
(
    SELECT environment, service, action_id, decided_at AS at, toString(was) AS was, toString(becomes) AS becomes, count, reason
    FROM outcome_restatements FINAL
    WHERE NOT withdrawn AND named AND decided_at >= from AND decided_at < until
    UNION ALL
    SELECT environment, service, action_id, time AS at, before AS was, toString(outcome) AS becomes, count, concat('the action was ', if(rank = 6, 'verified', 'reported'), ' again') AS reason
    FROM
    (
        SELECT
            environment, service, action_id, time, rank, outcome, count,
            lagInFrame(toString(outcome)) OVER (PARTITION BY environment, service, action ORDER BY time, rank ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS before
        FROM action_facts FINAL
        WHERE rank > 4 AND outcome NOT IN ('', 'unknown') AND named
            AND time >= told_from AND time < until
            AND
            (
                {settled:UInt8} = 0
                OR (environment, service) IN (SELECT environment, service FROM sought) AND action IN (SELECT action FROM sought)
            )
    )
    WHERE before NOT IN ('', toString(outcome)) AND time >= from
)
ORDER BY decided, action_id

-- purpose: signals with a threshold that actions of [start, end) looked at: how often, and how often
-- the comparison said that something is wrong.
SELECT
    environment,
    service,
    JSONExtractString(one, 'name') AS signal,
    JSONExtractRaw(one, 'threshold') AS threshold,
    uniqExact(action_id) AS readings,
    uniqExactIf(action_id, lower(JSONExtractString(one, 'status')) NOT IN
        ('', 'ok', 'okay', 'healthy', 'normal', 'passed', 'pass', 'good', 'inactive', 'below',
            'within')) AS fired,
    uniqExactIf(action_id, JSONExtractString(one, 'status') = '') AS unsaid
FROM
(
    SELECT
        environment,
        service,
        action_id,
        arrayJoin(JSONExtractArrayRaw(document, 'data', 'trigger', 'signals')) AS one
    FROM action_events
    WHERE position(document, '"threshold"') > 0 AND drill = ''
        AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
        AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
)
WHERE threshold NOT IN ('', 'null')
GROUP BY environment, service, signal, threshold
ORDER BY environment, service, signal, threshold

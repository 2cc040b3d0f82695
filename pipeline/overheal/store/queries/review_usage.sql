-- purpose: how often each kind of action was used in [start, end), by service, policy, level and
-- hand, and how it turned out. An action counts times its occurrences, once; one that only saw
-- another's does not count. `drilled` is apart from all else. Seconds are durations times
-- occurrences times the replicas stated (one where none are).
SELECT
    environment,
    service,
    kind,
    policy,
    by_hand,
    level,
    sumIf(weight, acted AND drilled = 0) AS uses,
    sumIf(weight, acted AND drilled = 0 AND ended = 'succeeded') AS succeeded,
    sumIf(weight, acted AND drilled = 0 AND ended = 'failed') AS failed,
    sumIf(weight, acted AND drilled = 0 AND ended = 'partial') AS partial,
    sumIf(weight, acted AND drilled = 0 AND ended = 'ineffective') AS ineffective,
    sumIf(weight, drilled = 0 AND (acted AND ended = 'unnecessary' OR needless)) AS unnecessary,
    sumIf(weight, acted AND drilled = 0 AND finished AND ended IN ('unknown', '')) AS unknown,
    sumIf(weight, acted AND drilled = 0 AND NOT finished) AS unfinished,
    sumIf(weight, acted AND drilled) AS in_drills,
    sumIf(seconds, acted AND drilled = 0) AS seconds,
    max(began) AS last
FROM
(
    SELECT
        environment,
        service,
        action_id,
        argMax(type, time) AS kind,
        max(JSONExtractString(detail, 'policy')) AS policy,
        max(agent_kind = 'human' OR JSONExtractString(detail, 'authority') = 'manual') AS by_hand,
        max(JSONExtract(detail, 'autonomy_level', 'Nullable(Int8)')) AS level,
        max(phase IN ('started', 'finished', 'verified')) AS acted,
        max(phase IN ('finished', 'verified')) AS finished,
        max(phase = 'rejected'
            AND (outcome = 'unnecessary' OR multiSearchAnyCaseInsensitiveUTF8(
                condition, ['unnecessary', 'not necessary', 'not needed', 'no need'])))
            AND NOT acted AS needless,
        argMaxIf(outcome, time, outcome != '' AND phase IN ('finished', 'verified')) AS ended,
        max(drill != '') AS drilled,
        max(count) AS weight,
        max(ifNull(duration, 0) * count
            * greatest(1, JSONExtractFloat(detail, 'measures', 'replicas'))) AS seconds,
        min(toUnixTimestamp64Micro(time)
            - if(phase = 'finished', toInt64(ifNull(duration, 0) * 1000000), 0)) AS began
    FROM action_events
    WHERE witness_of = ''
        AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC') - INTERVAL 1 DAY
        AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC') + INTERVAL 1 DAY
    GROUP BY environment, service, action_id
    HAVING began >= {start:Int64} AND began < {end:Int64} AND (acted OR needless)
)
GROUP BY environment, service, kind, policy, by_hand, level
ORDER BY environment, service, kind, policy, by_hand, level

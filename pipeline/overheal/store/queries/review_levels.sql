-- purpose: on which days (since 1970, UTC) automation acted at which autonomy level before `end`, by
-- service and type of action; an action without a stated level has the level -1.
SELECT
    environment,
    service,
    type,
    arraySort(groupUniqArray((
        toUInt32(toDate(time)),
        ifNull(JSONExtract(detail, 'autonomy_level', 'Nullable(Int8)'), -1)
    ))) AS days
FROM action_events
WHERE phase IN ('started', 'finished') AND witness_of = '' AND drill = '' AND service != ''
    AND agent_kind != 'human' AND JSONExtractString(detail, 'authority') != 'manual'
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
GROUP BY environment, service, type
ORDER BY environment, service, type

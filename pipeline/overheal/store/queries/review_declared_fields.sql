-- purpose: fields whose last value before `end` is another than the one that was last declared for
-- them (`intent.desired`), with who declared and who wrote it. Values are JSON; `until` is the end of
-- the declared window, 0 where none was stated.
SELECT
    declared.environment,
    declared.service,
    declared.kind,
    declared.named,
    declared.field,
    declared.wanted,
    declared.who,
    declared.at,
    declared.until,
    seen.value,
    seen.who,
    seen.at
FROM
(
    SELECT
        environment,
        argMax(service, time) AS service,
        target_kind AS kind,
        target_namespace,
        target_cluster,
        target_region,
        target_name AS named,
        pair.1 AS field,
        argMax(pair.2, time) AS wanted,
        argMax(agent, time) AS who,
        argMax(JSONExtractInt(detail, 'until'), time) AS until,
        toUnixTimestamp64Micro(max(time)) AS at
    FROM
    (
        SELECT *, arrayJoin(JSONExtractKeysAndValuesRaw(document, 'data', 'intent', 'desired')) AS pair
        FROM action_events
        WHERE position(document, '"desired"') > 0 AND target_name != '' AND drill = ''
            AND phase NOT IN ('proposed', 'rejected')
            AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    )
    GROUP BY environment, kind, target_namespace, target_cluster, target_region, named, field
) AS declared
INNER JOIN
(
    SELECT
        environment,
        target_kind AS kind,
        target_namespace,
        target_cluster,
        target_region,
        target_name AS named,
        field,
        argMax(new, time) AS value,
        argMax(agent, time) AS who,
        toUnixTimestamp64Micro(max(time)) AS at
    FROM
    (
        SELECT * FROM action_events WHERE phase IN ('finished', 'verified') AND outcome != 'failed'
        UNION ALL
        SELECT * FROM observations
    )
    WHERE target_name != '' AND field != '' AND new != ''
        AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    GROUP BY environment, kind, target_namespace, target_cluster, target_region, named, field
) AS seen USING (environment, kind, target_namespace, target_cluster, target_region, named, field)
WHERE seen.at >= declared.at AND seen.value != declared.wanted
    AND NOT (toFloat64OrNull(seen.value) IS NOT NULL
        AND toFloat64OrNull(seen.value) = toFloat64OrNull(declared.wanted))
ORDER BY declared.environment, declared.service, declared.kind, declared.named, declared.field

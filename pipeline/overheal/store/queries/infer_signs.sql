-- purpose: what may have led to what, by rule: one row a sign, which leads or follows; only signs of one rule, environment and key belong together. Times are microseconds UTC.
SELECT
    sign.1 AS rule, sign.2 AS leads, environment, sign.3 AS key, node, agent, at
FROM
(
    WITH
    (
        SELECT groupUniqArray(toString(type))
        FROM action_facts
        WHERE NOT recovery AND rank IN (4, 5)
            AND type IN ('deploy', 'config_change', 'rollback', 'scale', 'traffic_shift', 'credential_rotation', 'failover')
            AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
            AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    ) AS changes
    SELECT
        environment, node, agent, at,
        arrayJoin(if(recovered,
            arrayConcat(
                arrayMap(name -> ('dependency', true, name), arrayDistinct([name, short])),
                if(by_hand, [], arrayMap(change -> (change, false, name), changes))
            ),
            [(kind, true, name)]
        )) AS sign
    FROM
    (
        SELECT
            toString(action_facts.environment) AS environment,
            toString(action_facts.service) AS name,
            arrayElement(splitByChar('/', name), -1) AS short,
            any(action_facts.action_id) AS node,
            any(toString(action_facts.agent)) AS agent,
            any(toString(action_facts.type)) AS kind,
            max(recovery) AS recovered,
            max(agent_kind = 'human') AS by_hand,
            min(toUnixTimestamp64Micro(time) - if(rank = 5, ifNull(duration, 0), 0)) AS at
        FROM action_facts
        WHERE rank IN (4, 5) AND service != '' AND drill = ''
            AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
            AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
            AND (recovery OR type IN ('deploy', 'config_change', 'rollback', 'scale', 'traffic_shift', 'credential_rotation', 'failover'))
        GROUP BY environment, name, action
    )
)
UNION ALL
SELECT 'dependency', false, environment, arrayJoin(needs) AS key, node, agent, at
FROM
(
    SELECT
        toString(action_facts.environment) AS environment,
        arrayJoin(arrayDistinct([toString(action_facts.service), arrayElement(splitByChar('/', toString(action_facts.service)), -1)])) AS called,
        any(action_facts.action_id) AS node,
        any(toString(action_facts.agent)) AS agent,
        min(toUnixTimestamp64Micro(time) - if(rank = 5, ifNull(duration, 0), 0)) AS at
    FROM action_facts
    WHERE rank IN (4, 5) AND recovery AND service != '' AND drill = '' AND agent_kind != 'human'
        AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
        AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
        AND (SELECT count() FROM kpi_needs) > 0
    GROUP BY environment, called, action
) AS recovered
INNER JOIN
(
    SELECT service AS called, any(needs) AS needs
    FROM kpi_needs
    WHERE holds_from = (SELECT max(holds_from) FROM kpi_needs)
    GROUP BY service
) AS needed ON needed.called = recovered.called
UNION ALL
SELECT
    'target', side.1, environment, concat(what, '\0', side.2), node, agent, at
FROM
(
    SELECT
        toString(field_writes.environment) AS environment,
        concat(target_kind, '\0', cluster, '\0', namespace, '\0', target, '\0', field) AS what,
        action_id AS node,
        any(toString(field_writes.agent)) AS agent,
        toUnixTimestamp64Micro(min(time)) AS at,
        arrayJoin(if(max(agent_kind = 'human'), [(true, old)], [(true, old), (false, new)])) AS side
    FROM field_writes
    WHERE old != '' AND old != new
        AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
        AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    GROUP BY environment, what, action_id, old, new
)
UNION ALL
SELECT
    sign.1, sign.2, environment, sign.3, node, agent, at
FROM
(
    SELECT
        toString(action_events.environment) AS environment,
        action_id AS node,
        any(toString(action_events.agent)) AS agent,
        toUnixTimestamp64Micro(min(time)) AS at,
        arrayJoin(arrayConcat(
            if(field = 'node' AND ifNull(old_text, '') != '', [('node', false, assumeNotNull(old_text))], []),
            if(target_kind = 'Node' AND type IN ('drain', 'quarantine'), [('node', true, toString(target_name))], []),
            if(type IN ('evict', 'reschedule') AND trigger = 'failure', [('relief', false, toString(target_cluster))], []),
            if(type = 'scale' AND field = 'replicas' AND ifNull(new_number > old_number, false), [('pressure', true, toString(target_cluster))], [])
        )) AS sign
    FROM action_events
    WHERE phase IN ('started', 'finished') AND drill = ''
        AND (field = 'node' OR target_kind = 'Node' OR type IN ('evict', 'reschedule', 'scale'))
        AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
        AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    GROUP BY environment, node, sign
)
UNION ALL
SELECT
    sign.1, sign.2, environment, sign.3, node, agent, at
FROM
(
    SELECT
        toString(observations.environment) AS environment,
        id AS node,
        toString(observations.agent) AS agent,
        toUnixTimestamp64Micro(time) AS at,
        arrayJoin(arrayConcat(
            [('node', true, toString(target_name))],
            if(match(name, '(?i)pressure|EvictionThreshold|OOM'), [('pressure', false, toString(target_cluster)), ('relief', true, toString(target_cluster))], [])
        )) AS sign
    FROM observations
    WHERE target_kind = 'Node' AND type = 'symptom' AND drill = ''
        AND time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
        AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
)

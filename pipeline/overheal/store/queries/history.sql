-- purpose: all stored events of one month in [start, end), in event-time order, column by column
-- as `model.Event` has them. A row delivered twice comes twice, one right after the other.
SELECT
    id,
    source,
    toUnixTimestamp64Micro(time) AS at,
    action_id,
    phase,
    service,
    environment,
    declared_scope,
    agent,
    agent_kind,
    mandate,
    type,
    name,
    target_kind,
    target_name,
    target_namespace,
    target_cluster,
    target_region,
    field,
    old,
    new,
    trigger,
    condition,
    outcome,
    duration,
    recovery,
    recovery_overridden,
    count,
    toUnixTimestamp64Micro(first_at) AS first,
    witness_of,
    caused_by,
    correlation_id,
    user_visible,
    prior_uptime,
    labels,
    document,
    detail
FROM
(
    SELECT * FROM action_events WHERE toYYYYMM(time) = {month:UInt32}
    UNION ALL
    SELECT * FROM observations WHERE toYYYYMM(time) = {month:UInt32}
)
WHERE time >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
ORDER BY time, source, id

-- purpose: judged events of one lane with after < offset <= upto and at or after a time, in the
-- order of their places, column by column as `model.Event` has them, then as `rows.StoredEvent`.
-- A row that was written again comes again, the one written last (the highest block) last.
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
    detail,
    scope,
    counted,
    human_counted,
    late,
    drill,
    toUnixTimestamp64Micro(received_at) AS received,
    toUnixTimestamp64Micro(counted_at) AS counts_at,
    _topic,
    _partition,
    _offset,
    _epoch,
    _item
FROM
(
    SELECT *, toUInt64(splitByChar('_', _part)[2]) AS block FROM action_events
    UNION ALL
    SELECT *, toUInt64(splitByChar('_', _part)[2]) AS block FROM observations
)
WHERE _topic = {topic:String}
    AND _epoch = {epoch:String}
    AND _partition = {partition:UInt32}
    AND _offset > {after:Int64}
    AND _offset <= {upto:Int64}
    AND time >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
    AND NOT late
ORDER BY _offset, _item, block

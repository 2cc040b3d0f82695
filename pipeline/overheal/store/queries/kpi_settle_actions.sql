-- purpose: settle the actions that began in whole hours, start ≤ hour < end (microseconds UTC). bounds: what is
-- looked at of `live_actions`.
INSERT INTO kpi_actions (hour, environment, service, at, action_id, agent, human, policy, autonomy, is_recovery, was_begun, is_over, unneeded, count, outcome, verified, retold, ended_at, duration, replicas, there, settled_at)
SELECT toDateTime(intDiv(at, 3600000000) * 3600, 'UTC') AS hour, environment, service, at, action_id, agent, human, policy, autonomy, is_recovery, was_begun, is_over, unneeded, count, outcome, verified, retold, ended_at, duration, replicas, true, fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
FROM live_actions
(
    start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = '',
    environment = '', bounds = {bounds:Array(Int64)}
)

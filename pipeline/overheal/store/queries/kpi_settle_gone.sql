-- purpose: note of which actions of whole hours, start ≤ hour < end (microseconds UTC), that were settled earlier
-- nothing is known at as_of any more. bounds: what was looked at of `live_actions`.
INSERT INTO kpi_actions (hour, environment, service, at, action_id, there, settled_at)
SELECT hour, environment, service, at, action_id, false, fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
FROM kpi_actions FINAL
WHERE there
    AND settled_at < fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
    AND hour >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
    AND hour < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
    AND ({bounds:Array(Int64)}[1] = {start:Int64} OR (environment, service) IN (SELECT environment, service FROM kpi_unsettled))
    AND
    (
        SELECT count()
        FROM kpi_actions
        WHERE hour >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')
            AND hour < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
            AND settled_at < fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
    ) > 0

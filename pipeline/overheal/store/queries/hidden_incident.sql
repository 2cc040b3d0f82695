-- purpose: of one hidden incident whether overheal itself said something, and which agents recovered it
-- by which actions, at most five of each.
SELECT
    (
        SELECT count() > 0
        FROM signal_facts
        WHERE kind IN ('alert', 'page') AND ours AND drill = ''
            AND environment = {environment:String} AND service = {service:String}
            AND time >= fromUnixTimestamp64Micro({started_at:Int64} - 900000000, 'UTC')
            AND time <= fromUnixTimestamp64Micro({recovered_at:Int64} + 900000000, 'UTC')
    ) AS told_by_us,
    groupUniqArray(5)(agent) AS agents,
    groupUniqArray(5)(type) AS types
FROM action_facts
WHERE environment = {environment:String} AND service = {service:String}
    AND recovery AND agent_kind != 'human' AND drill = '' AND rank IN (4, 5)
    AND time >= fromUnixTimestamp64Micro({started_at:Int64}, 'UTC')
    AND time <= fromUnixTimestamp64Micro({recovered_at:Int64}, 'UTC')

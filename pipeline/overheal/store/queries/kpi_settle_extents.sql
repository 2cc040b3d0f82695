-- purpose: settle between which moments the events of the actions lie that lasted into a whole hour, start ≤
-- hour < end (microseconds UTC). settled: 0 all services, else the end: those of kpi_unsettled.
INSERT INTO kpi_extents
SELECT toDateTime(lasted_into * 3600, 'UTC') AS hour, min(first), max(last)
FROM
(
    SELECT
        fromUnixTimestamp64Micro(greatest(min(toUnixTimestamp64Micro(time) - if(rank = 5, ifNull(duration, 0), 0)), 0), 'UTC') AS first,
        max(time) AS last,
        arrayJoin(range(toUInt64(intDiv(greatest(toUnixTimestamp64Micro(first), {start:Int64}), 3600000000)), toUInt64(intDiv(least(toUnixTimestamp64Micro(last), {end:Int64} - 1), 3600000000) + 1))) AS lasted_into
    FROM action_facts
    WHERE time >= fromUnixTimestamp64Micro(greatest({start:Int64}, 259200000000) - 259200000000, 'UTC')
        AND time < fromUnixTimestamp64Micro({end:Int64} + 259200000000, 'UTC')
        AND ({settled:Int64} = 0 OR (environment, service) IN (SELECT environment, service FROM kpi_unsettled))
    GROUP BY environment, service, action
)
GROUP BY hour

-- purpose: the weeks (by their Monday, UTC) of which events are stored, with how many; repeats
-- that no merge has removed yet may count twice.
SELECT toInt64(toUnixTimestamp(toDateTime(week, 'UTC'))) * 1000000 AS monday, sum(events) AS seen
FROM
(
    SELECT toMonday(time) AS week, count() AS events FROM action_events GROUP BY week
    UNION ALL
    SELECT toMonday(time) AS week, count() AS events FROM observations GROUP BY week
)
GROUP BY monday
ORDER BY monday

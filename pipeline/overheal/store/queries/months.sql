-- purpose: the months (YYYYMM) in which events are stored, oldest first; reads no events.
SELECT DISTINCT toUInt32(partition) AS month
FROM system.parts
WHERE active AND database = currentDatabase() AND table IN ('action_events', 'observations')
ORDER BY month

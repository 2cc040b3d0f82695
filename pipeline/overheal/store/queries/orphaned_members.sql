-- purpose: findings that name events which are not there, although younger than every event that
-- may have expired; how many of those they name, and one of them.
WITH (SELECT min(time) FROM action_events) AS oldest
SELECT id, count() AS absent, any(member) AS example
FROM
(
    SELECT id, arrayJoin(members) AS member
    FROM findings_current
    WHERE first_at >= oldest
)
WHERE member NOT IN (SELECT id FROM action_events)
    AND member NOT IN (SELECT id FROM observations)
GROUP BY id
ORDER BY id
LIMIT 20

-- purpose: the full name of every service that any event is about.
SELECT DISTINCT service FROM action_events WHERE service != ''
UNION DISTINCT
SELECT DISTINCT service FROM observations WHERE service != ''

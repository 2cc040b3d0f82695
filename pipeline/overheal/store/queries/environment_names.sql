-- purpose: every environment that any event is of.
SELECT DISTINCT environment FROM action_events
UNION DISTINCT
SELECT DISTINCT environment FROM observations

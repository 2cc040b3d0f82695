-- purpose: what shares a correlation id or a trace with a node, or is a witness of it: related, no cause.
SELECT DISTINCT effect, cause, reason FROM causal_claims
WHERE kind = 'related' AND
(
    cause = {node:String}
    OR cause IN (SELECT cause FROM causal_claims WHERE effect = {node:String} AND kind = 'related')
)
AND effect != {node:String}
ORDER BY effect
LIMIT 200

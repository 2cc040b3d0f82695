-- purpose: links from what rules say may have led to actions and observations whose names became known since a moment (microseconds UTC), and that declare no cause; each with how sure it is.
SELECT
    effect, cause, rule, confidence
FROM
(
    SELECT
        follows.node AS effect,
        leads.node AS cause,
        follows.rule AS rule,
        (follows.at - leads.at) / transform(follows.rule, /*rules*/[], /*windows*/[], 1) AS part,
        multiIf(part <= 0.1, '0', part <= 0.34, '1', '2') AS soon,
        transform(concat(rule, '\0', follows.environment, '\0', soon), /*known*/[], /*sure*/[],
            transform(concat(rule, '\0', soon), /*known_anywhere*/[], /*sure_anywhere*/[], 0.)) AS confidence
    FROM
    (
        SELECT * FROM (/*signs*/)
        WHERE NOT leads AND node IN
        (
            SELECT node FROM event_names
            WHERE written_at > fromUnixTimestamp64Micro({since:Int64}, 'UTC')
        )
    ) AS follows
    ASOF INNER JOIN (SELECT * FROM (/*signs*/) WHERE leads) AS leads
    ON follows.rule = leads.rule AND follows.environment = leads.environment
        AND follows.key = leads.key AND follows.at > leads.at
    WHERE part <= 1 AND follows.node != leads.node
        AND (rule != 'target' OR follows.agent != leads.agent)
)
WHERE confidence >= {least:Float64} AND effect NOT IN
    (
        SELECT effect FROM causal_claims
        WHERE kind = 'declared' AND effect IN
        (
            SELECT node FROM event_names
            WHERE written_at > fromUnixTimestamp64Micro({since:Int64}, 'UTC')
        )
    )
    AND (effect, cause, rule) NOT IN
    (
        SELECT effect, cause, toString(reason) FROM causal_claims
        WHERE kind = 'inferred' AND effect IN
        (
            SELECT node FROM event_names
            WHERE written_at > fromUnixTimestamp64Micro({since:Int64}, 'UTC')
        )
    )

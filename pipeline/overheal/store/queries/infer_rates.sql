-- purpose: by rule, environment and how soon: how many signs that follow had one that leads shortly before, and how many would by chance, with causes moved by one and two days to and fro. Of signs that follow each other within 15 minutes the first counts, where one thing does not lead to many.
SELECT
    rule, environment, soon, countIf(moved = 0) AS seen, countIf(moved != 0) / 4 AS by_chance
FROM
(
    SELECT
        follows.rule AS rule,
        follows.environment AS environment,
        follows.moved AS moved,
        (follows.at - leads.at) / transform(follows.rule, /*rules*/[], /*windows*/[], 1) AS part,
        multiIf(part <= 0.1, 0, part <= 0.34, 1, 2) AS soon
    FROM
    (
        SELECT rule, environment, key, node, agent, at, arrayJoin(/*moves*/[]) AS moved
        FROM
        (
            SELECT
                *,
                at - lagInFrame(at, 1, -9000000000000000) OVER (PARTITION BY rule, environment, key ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) >= 900000000 AS opens
            FROM (/*signs*/)
            WHERE NOT leads
        )
        WHERE opens OR rule IN ('node', 'relief')
    ) AS follows
    ASOF INNER JOIN
    (
        SELECT rule, environment, key, node, agent, at + moved AS at, moved
        FROM (SELECT *, arrayJoin(/*moves*/[]) AS moved FROM (/*signs*/) WHERE leads)
    ) AS leads
    ON follows.rule = leads.rule AND follows.environment = leads.environment
        AND follows.key = leads.key AND follows.moved = leads.moved AND follows.at > leads.at
    WHERE part <= 1 AND follows.node != leads.node
        AND (rule != 'target' OR follows.agent != leads.agent)
)
GROUP BY rule, environment, soon

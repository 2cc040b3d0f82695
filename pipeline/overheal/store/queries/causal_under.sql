-- purpose: chain and blast: every version of what stands under roots, a row for each direct cause in
-- their order (`place` from 1 on), and one with `place` 0 where there is none.
SELECT node, root, depth, gone, version, place, cause, kind, reason, confidence
FROM (SELECT * FROM causal_roots WHERE root IN /*roots*/[] LIMIT {most:UInt32})
LEFT ARRAY JOIN
    arrayEnumerate(causes) AS place,
    causes AS cause,
    kinds AS kind,
    reasons AS reason,
    confidences AS confidence

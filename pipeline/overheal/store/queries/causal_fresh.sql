-- purpose: whether anything was claimed, named (where anything is claimed at all) or inferred since a moment (microseconds UTC), the moment now, and whether anything was ever inferred.
WITH
    fromUnixTimestamp64Micro({since:Int64}, 'UTC') AS after,
    (SELECT count() FROM (SELECT 1 FROM causal_claims WHERE kind = 'declared' LIMIT 1)) AS claiming,
    (SELECT count() FROM (SELECT 1 FROM causal_inferences LIMIT 1)) AS inferring
SELECT
    toUnixTimestamp64Micro(now64(6, 'UTC')) AS now,
    inferring,
    (SELECT count() FROM (SELECT 1 FROM causal_claims
        WHERE kind = 'declared' AND written_at > after LIMIT 1)) AS claims,
    (SELECT count() FROM (SELECT 1 FROM event_names
        WHERE (claiming OR inferring) AND written_at > after LIMIT 1)) AS names,
    (SELECT count() FROM (SELECT 1 FROM causal_inferences
        WHERE written_at > after LIMIT 1)) AS inferred

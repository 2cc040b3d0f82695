-- purpose: whether anything was claimed, named or inferred since a moment (microseconds UTC), the moment now, and whether anything was ever inferred.
WITH
    fromUnixTimestamp64Micro({since:Int64}, 'UTC') AS after
SELECT
    toUnixTimestamp64Micro(now64(6, 'UTC')) AS now,
    (SELECT count() FROM (SELECT 1 FROM causal_inferences LIMIT 1))
        + (SELECT count() FROM (SELECT 1 FROM causal_rates LIMIT 1)) AS inferring,
    (SELECT count() FROM (SELECT 1 FROM causal_claims
        WHERE kind = 'declared' AND written_at > after LIMIT 1)) AS claims,
    (SELECT count() FROM (SELECT 1 FROM event_names
        WHERE written_at > after LIMIT 1)) AS names,
    (SELECT count() FROM (SELECT 1 FROM causal_inferences
        WHERE written_at > after LIMIT 1)) AS inferred

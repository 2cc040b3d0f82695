-- purpose: whether anything was claimed, inferred or named since a moment (microseconds UTC), and the moment now.
SELECT
    toUnixTimestamp64Micro(now64(6, 'UTC')) AS now,
    (SELECT count() FROM (SELECT 1 FROM causal_claims
        WHERE kind = 'declared' AND written_at > fromUnixTimestamp64Micro({since:Int64}, 'UTC') LIMIT 1)) AS claims,
    (SELECT count() FROM (SELECT 1 FROM event_names
        WHERE written_at > fromUnixTimestamp64Micro({since:Int64}, 'UTC') LIMIT 1)) AS names,
    (SELECT count() FROM (SELECT 1 FROM causal_inferences
        WHERE written_at > fromUnixTimestamp64Micro({since:Int64}, 'UTC') LIMIT 1)) AS inferred

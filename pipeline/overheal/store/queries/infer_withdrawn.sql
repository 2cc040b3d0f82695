-- purpose: links that rules inferred to what has declared its cause since a moment (microseconds UTC).
SELECT
    effect, cause, kind, reason, toFloat32(0) AS confidence, now64(6, 'UTC') AS written_at
FROM causal_claims FINAL
WHERE kind = 'inferred' AND confidence > 0 AND effect IN
(
    SELECT effect FROM causal_claims
    WHERE kind = 'declared' AND written_at > fromUnixTimestamp64Micro({since:Int64}, 'UTC')
)

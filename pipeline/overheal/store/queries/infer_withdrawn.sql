-- purpose: links that rules inferred to what has declared its cause since a moment (microseconds UTC), taken back.
SELECT
    claim.effect, claim.cause, claim.kind, claim.reason, toFloat32(0), now64(6, 'UTC')
FROM causal_claims AS claim FINAL
WHERE claim.kind = 'inferred' AND claim.confidence > 0 AND claim.effect IN
(
    SELECT effect FROM causal_claims
    WHERE kind = 'declared' AND written_at > fromUnixTimestamp64Micro({since:Int64}, 'UTC')
)

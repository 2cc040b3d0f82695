-- purpose: how often rules held, as it was reckoned last.
SELECT
    rule, environment, soon, seen, by_chance, confidence, toUnixTimestamp64Micro(reckoned_at) AS at
FROM causal_rates FINAL

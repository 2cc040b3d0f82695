-- purpose: up to when (microseconds UTC) claims are worked into edges and roots; 0 for never.
SELECT toUnixTimestamp64Micro(max(until)) FROM causal_settled

-- purpose: every version of the edges that lead to nodes.
SELECT effect, cause, kind, reason, confidence, gone, version FROM causal_edges
WHERE effect IN /*nodes*/[]

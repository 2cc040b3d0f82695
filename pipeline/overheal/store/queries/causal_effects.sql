-- purpose: every version of the edges that lead away from nodes.
SELECT effect, cause, kind, reason, confidence, gone, version FROM causal_edges
WHERE cause IN /*nodes*/[]

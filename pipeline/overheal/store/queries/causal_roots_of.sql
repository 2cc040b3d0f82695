-- purpose: root cause: every version of what is known of nodes' roots and how far they are.
SELECT node, root, depth, causes, kinds, reasons, confidences, gone, version FROM causal_roots
WHERE node IN /*nodes*/[]

-- purpose: chain and blast: every version of what stands under roots, with its direct causes.
SELECT node, root, depth, causes, kinds, reasons, confidences, gone, version FROM causal_roots
WHERE root IN /*roots*/[]
LIMIT {most:UInt32}

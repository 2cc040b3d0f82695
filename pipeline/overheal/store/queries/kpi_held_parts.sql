-- purpose: a hash of what KPIs are made of, by the numbers of the blocks that were inserted, and of mutations.
SELECT sipHash64(groupArray((table, partition_id, block, version))) AS held
FROM
(
    SELECT table, partition_id, max(max_block_number) AS block, max(data_version) AS version
    FROM system.parts
    WHERE database = currentDatabase() AND active AND table IN ('action_facts', 'signal_facts', 'outcome_restatements', 'kpi_needs')
    GROUP BY table, partition_id
    ORDER BY table, partition_id
)

-- Who wrote a field expires with the event that says so. Of what was written before, the event tells
-- when it was received; where that is gone, the time of the event stands for it.

ALTER TABLE field_writes
    ADD COLUMN IF NOT EXISTS received_at DateTime64(6, 'UTC') DEFAULT time COMMENT 'of the event, from which expiry counts';

ALTER TABLE field_writes_of_actions MODIFY QUERY SELECT
    target_name AS target, field, time, id, source, action_id, target_kind,
    target_namespace AS namespace, target_cluster AS cluster, service, scope, environment, agent,
    agent_kind, type, old, new, received_at
FROM action_events
WHERE field != '' AND new != '' AND phase IN ('started', 'finished') AND outcome != 'failed';

INSERT INTO field_writes SELECT
    target_name AS target, field, time, id, source, action_id, target_kind,
    target_namespace AS namespace, target_cluster AS cluster, service, scope, environment, agent,
    agent_kind, type, old, new, received_at
FROM action_events FINAL
WHERE field != '' AND new != '' AND phase IN ('started', 'finished') AND outcome != 'failed'
SETTINGS max_partitions_per_insert_block = 0, async_insert = 0;

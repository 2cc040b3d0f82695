-- Where everything stood in Kafka: events, refusals and the ledger name topic, epoch (the topic's
-- id: one that is made anew has another), partition, offset and, within a record, the item.

ALTER TABLE action_events
    ADD COLUMN IF NOT EXISTS _epoch LowCardinality(String) COMMENT 'incarnation of the origin' AFTER _topic,
    ADD COLUMN IF NOT EXISTS _item UInt32 COMMENT 'index within a record of many' AFTER _offset,
    ADD INDEX IF NOT EXISTS by_offset _offset TYPE minmax GRANULARITY 1,
    ADD INDEX IF NOT EXISTS by_receipt received_at TYPE minmax GRANULARITY 1;

ALTER TABLE observations
    ADD COLUMN IF NOT EXISTS _epoch LowCardinality(String) COMMENT 'incarnation of the origin' AFTER _topic,
    ADD COLUMN IF NOT EXISTS _item UInt32 COMMENT 'index within a record of many' AFTER _offset,
    ADD INDEX IF NOT EXISTS by_offset _offset TYPE minmax GRANULARITY 1,
    ADD INDEX IF NOT EXISTS by_receipt received_at TYPE minmax GRANULARITY 1;

-- The new columns join the sorting key in the statement that adds them: the engine asks for that.
ALTER TABLE dead_letters
    ADD COLUMN IF NOT EXISTS partition UInt32,
    ADD COLUMN IF NOT EXISTS epoch String COMMENT 'incarnation of the origin',
    ADD COLUMN IF NOT EXISTS item UInt32 COMMENT 'index within a record of many',
    ADD COLUMN IF NOT EXISTS record_key String,
    ADD COLUMN IF NOT EXISTS headers Map(String, String),
    MODIFY ORDER BY (origin, line, code, reason, payload_hash, partition, epoch, item);

ALTER TABLE ingest_ranges
    ADD COLUMN IF NOT EXISTS watermark Int64 COMMENT 'microseconds UTC after the range, 0: unknown',
    ADD COLUMN IF NOT EXISTS late UInt64 COMMENT 'of those stored',
    ADD COLUMN IF NOT EXISTS reasons Map(String, UInt64) COMMENT 'ignored records by reason';

-- Ids that somebody asks about, for the length of one question; old questions fall out.
DROP TABLE IF EXISTS asked_ids;

CREATE TABLE IF NOT EXISTS asked (question UInt64, id String)
ENGINE = Memory SETTINGS max_rows_to_keep = 200000;

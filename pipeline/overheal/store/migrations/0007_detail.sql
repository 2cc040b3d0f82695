-- What an event says beyond the ordinary, for the detectors that ask for it; empty where nothing.
ALTER TABLE action_events
    ADD COLUMN IF NOT EXISTS detail String CODEC(ZSTD(1)) COMMENT 'JSON, empty: nothing' AFTER document;

ALTER TABLE observations
    ADD COLUMN IF NOT EXISTS detail String CODEC(ZSTD(1)) COMMENT 'JSON, empty: nothing' AFTER document;

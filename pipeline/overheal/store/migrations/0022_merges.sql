-- Merges of events, which are wide rows, hold a block of every part that they merge: fewer parts at
-- a time and smaller blocks keep that small inside a process that has other work.

ALTER TABLE action_events MODIFY SETTING max_parts_to_merge_at_once = 5,
    merge_max_block_size_bytes = 1000000,
    compact_parts_merge_max_bytes_to_prefetch_part = 100000;

ALTER TABLE observations MODIFY SETTING max_parts_to_merge_at_once = 5,
    merge_max_block_size_bytes = 1000000,
    compact_parts_merge_max_bytes_to_prefetch_part = 100000;

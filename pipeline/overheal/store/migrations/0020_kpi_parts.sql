-- Views that stood within others, and were planned anew at each level; what is told now has them as parts.

DROP VIEW IF EXISTS known_parts;

DROP VIEW IF EXISTS live_parts;

DROP VIEW IF EXISTS known_runs;

DROP VIEW IF EXISTS live_runs;

DROP VIEW IF EXISTS signals_near;

DROP VIEW IF EXISTS actions_within;

DROP VIEW IF EXISTS known_levels;

DROP VIEW IF EXISTS known_episode_sums;

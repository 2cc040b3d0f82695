-- purpose: note that all is settled that was known at `now`, days until `until` (microseconds UTC); those of episodes
-- until the first of one that is not over.
INSERT INTO kpi_settled (settled_at, days_until, episode_days_until, newest, held)
WITH
    fromUnixTimestamp64Micro({newest:Int64}, 'UTC') AS newest,
    least({now:Int64}, {newest:Int64}) AS known_until
SELECT
    fromUnixTimestamp64Micro({now:Int64}, 'UTC') AS now,
    fromUnixTimestamp64Micro({until:Int64}, 'UTC') AS until,
    least
    (
        (SELECT max(kpi_episode_settlings.until) FROM kpi_episode_settlings WHERE settled_at = now),
        (
            SELECT if(count() = 0, until, min(toDateTime64(hour, 6, 'UTC')))
            FROM kpi_episode_hours FINAL
            WHERE hour >= fromUnixTimestamp64Micro(greatest(known_until, 432000000000) - 432000000000, 'UTC') AND arrayMax(open_until) > known_until
        )
    ),
    newest,
    {held:UInt64}

-- purpose: action events that are stored are written again with other counts; the row that is
-- written last stands. Not deduplicated by content: the same counts may come back later.
INSERT INTO action_events
SETTINGS
    async_insert = 0,
    insert_deduplicate = 0,
    optimize_on_insert = 0,
    max_partitions_per_insert_block = 0
SELECT * EXCEPT (place) REPLACE
(
    arrayElement(CAST(/*counted*/[], 'Array(UInt64)'), place) AS counted,
    arrayElement(CAST(/*human_counted*/[], 'Array(UInt64)'), place) AS human_counted,
    fromUnixTimestamp64Micro(arrayElement(CAST(/*counted_at*/[], 'Array(Int64)'), place), 'UTC')
        AS counted_at
)
FROM
(
    SELECT
        *,
        indexOf
        (
            CAST(/*keys*/[], 'Array(Tuple(String, Int64, String, String))'),
            (toString(service), toUnixTimestamp64Micro(time), id, toString(source))
        ) AS place
    FROM action_events FINAL
    PREWHERE (service, time, id, source) IN /*rows*/[]
)

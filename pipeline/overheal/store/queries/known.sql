-- purpose: which of the asked ids are stored, as (source, id); reads the id lookup only.
SELECT source, id FROM action_events WHERE id_hash IN
(
    SELECT sipHash64(id) FROM asked WHERE question = {question:UInt64}
)
UNION ALL
SELECT source, id FROM observations WHERE id_hash IN
(
    SELECT sipHash64(id) FROM asked WHERE question = {question:UInt64}
)

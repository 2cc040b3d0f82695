-- purpose: what the ledger says was stored and refused, beside what is there, each once.
SELECT
    (SELECT sum(stored) FROM ingest_ranges FINAL) AS stored_by_ledger,
    (SELECT count() FROM action_events FINAL) + (SELECT count() FROM observations FINAL) AS stored,
    (SELECT sum(dead_letters) FROM ingest_ranges FINAL) AS refused_by_ledger,
    (SELECT count() FROM dead_letters FINAL) AS refused

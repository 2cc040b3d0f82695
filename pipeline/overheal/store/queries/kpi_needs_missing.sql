-- purpose: rules of which it was not worked out yet what depends on what.
SELECT kind, toUnixTimestamp64Micro(holds_from), digest, document
FROM timed_inputs FINAL
WHERE kind = 'rules' AND holds_from NOT IN (SELECT holds_from FROM kpi_needs)

-- purpose: note until when hours are settled, at a moment, with what came until another (microseconds UTC).
INSERT INTO kpi_settlings (settled_at, until, trusted_from, actions_until)
SELECT fromUnixTimestamp64Micro({now:Int64}, 'UTC'), fromUnixTimestamp64Micro({until:Int64}, 'UTC'), fromUnixTimestamp64Micro({seen:Int64}, 'UTC'), fromUnixTimestamp64Micro({actions_until:Int64}, 'UTC')

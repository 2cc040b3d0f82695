-- purpose: everything that people acknowledged, findings and follow-ups alike, oldest first.
SELECT id, kind, toUnixTimestamp64Micro(at) AS given, by, found, author
FROM acknowledgements FINAL
ORDER BY given, id, by, found

-- purpose: every document that holds from a moment on, in that order.
SELECT
    kind,
    toUnixTimestamp64Micro(holds_from) AS at,
    digest,
    document,
    author,
    toUnixTimestamp64Micro(written_at) AS written
FROM timed_inputs FINAL
ORDER BY at, kind, digest

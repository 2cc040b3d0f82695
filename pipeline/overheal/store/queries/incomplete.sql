-- purpose: spans in which events tell less than counters do, as far as they touch what is asked for.
SELECT
    service,
    environment,
    JSONExtractString(evidence, 'counter') AS counter,
    least(1., JSONExtractFloat(evidence, 'share')) AS share,
    JSONExtractInt(evidence, 'from_at') AS from_at,
    JSONExtractInt(evidence, 'until_at') AS until_at
FROM findings_current
WHERE detector = 'silent_automation'
    AND status IN ('open', 'resolved')
    AND JSONHas(evidence, 'moved')
    AND from_at < {end:Int64}
    AND until_at >= {start:Int64}
    AND detected_at <= fromUnixTimestamp64Micro({as_of:Int64}, 'UTC')
    AND ({environment:String} = '' OR environment = {environment:String})
    AND ({service:String} = '' OR service = {service:String} OR endsWith(service, concat('/', {service:String})))
ORDER BY from_at, id

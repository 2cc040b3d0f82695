-- purpose: how often each kind of action was used in [start, end), by service, policy, level and
-- hand, recoveries apart, and how it turned out. An action counts times its occurrences; what is
-- known of it and its outcome are those of the KPIs (`known_actions`), restated ones too. Seconds are
-- durations times occurrences times the replicas stated (one where none are).
SELECT
    environment,
    service,
    type,
    policy,
    human,
    nullIf(autonomy, -1) AS level,
    is_recovery,
    sumIf(weight, was_begun) AS uses,
    sumIf(weight, was_begun AND outcome = 'succeeded') AS succeeded,
    sumIf(weight, was_begun AND outcome = 'failed') AS failed,
    sumIf(weight, was_begun AND outcome = 'partial') AS partial,
    sumIf(weight, was_begun AND outcome = 'ineffective') AS ineffective,
    sumIf(weight, was_begun AND outcome = 'unnecessary') AS unnecessary,
    sumIf(weight, turned_down) AS turned_down,
    sumIf(weight, was_begun AND outcome = '' AND is_over) AS unknown,
    sumIf(weight, was_begun AND outcome = '' AND NOT is_over) AS unfinished,
    sumIf(weight * ifNull(duration, 0) / 1e6 * greatest(1, ifNull(replicas, 1)), was_begun) AS seconds
FROM
(
    SELECT *, unneeded AND NOT was_begun AS turned_down, greatest(count, 1) AS weight
    FROM known_actions(start = {start:Int64}, end = {end:Int64}, as_of = {as_of:Int64}, service = '', environment = '')
)
GROUP BY environment, service, type, policy, human, level, is_recovery
ORDER BY environment, service, type, policy, human, level, is_recovery

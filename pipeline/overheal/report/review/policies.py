"""How each policy was used, whether it still fits its service, and whether it pays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from overheal.model import DAY
from overheal.report.kpis import wilson
from overheal.report.review.parts import BreakEvenRow, PolicyRow, Told
from overheal.report.review.rows import Evidence, FollowedPolicy, Usage
from overheal.report.review.settings import Rates, ReviewSettings
from overheal.report.words import duration, plural, rfc3339
from overheal.state.words import percent, span

UPKEEP_DAYS = 90


def policies(evidence: Evidence, settings: ReviewSettings) -> Told[PolicyRow]:
    """Return every policy that was ever followed, the zombies first, then by use."""
    used = _by_policy(evidence.usage)
    known: dict[tuple[str, str], list[FollowedPolicy]] = defaultdict(list)
    for one in evidence.policies:
        known[one.environment, one.policy].append(one)
    rows = [
        _row(key, used.get(key, []), known[key], evidence, settings)
        for key in sorted({*known, *used})
        if known[key]
    ]
    rows.sort(key=lambda row: (row.zombie is None, -row.uses, row.policy, row.environment))
    unruled = sum(one.uses for one in evidence.usage if not one.policy and not one.by_hand)
    thin = None
    if not rows:
        thin = "no action states the policy it follows (action.policy.id)"
    elif unruled:
        thin = f"{plural(unruled, 'automated action')} of the span stated no policy"
    return Told[PolicyRow](rows=rows, thin=thin, total=_all(rows))


def break_even(evidence: Evidence, settings: ReviewSettings) -> Told[BreakEvenRow]:
    """Return what each policy saved and cost, the dearest first; docs/review.md has the formula."""
    rows, silent = [], []
    for (environment, policy), used in sorted(_by_policy(evidence.usage).items()):
        rates = settings.policies.get(policy, settings.rates)
        if rates.manual_minutes is None or rates.failure_minutes is None:
            silent.append(policy)
            continue
        days = (evidence.until - evidence.since) / DAY
        rows.append(_balance(environment, policy, used, rates, days))
    rows.sort(key=lambda row: (row.net_minutes, row.policy, row.environment))
    thin = None
    if silent:
        thin = (
            f"no rates are stated for {plural(len(set(silent)), 'policy', 'policies')}: set "
            "manual_minutes and failure_minutes in [review.rates]"
        )
    elif not rows:
        thin = "no policy was followed in the span"
    return Told[BreakEvenRow](rows=rows, thin=thin, total=_worth(rows))


def _all(rows: Sequence[PolicyRow]) -> str:
    """Return in words how all policies together did; nothing where there is one row or none."""
    if len(rows) < 2:
        return ""
    uses, good, known = (
        sum(getattr(row, name) for row in rows) for name in ("uses", "succeeded", "known")
    )
    bounds = wilson(good, known)
    said = f"All policies together: {plural(uses, 'use')}"
    if bounds is None:
        return f"{said}, no recovery with a known outcome"
    low, high = map(percent, bounds)
    done = plural(known, "recovery", "recoveries")
    share = percent(good / known)
    return f"{said}; {share} of {done} with a known outcome succeeded ({low} to {high})"


def _worth(rows: Sequence[BreakEvenRow]) -> str:
    """Return in words what all policies together are worth."""
    if len(rows) < 2:
        return ""
    saved, cost = (
        sum(getattr(row, name) for row in rows) for name in ("saved_minutes", "cost_minutes")
    )
    ends = "saved in all" if saved >= cost else "lost in all"
    told = f"Together {duration(saved * 60)} saved at a cost of {duration(cost * 60)}"
    return f"{told}: {duration(abs(saved - cost) * 60)} {ends}"


def _by_policy(usage: Sequence[Usage]) -> dict[tuple[str, str], list[Usage]]:
    found: dict[tuple[str, str], list[Usage]] = defaultdict(list)
    for one in usage:
        if one.policy and not one.by_hand:
            found[one.environment, one.policy].append(one)
    return found


def _row(
    key: tuple[str, str],
    used: Sequence[Usage],
    known: Sequence[FollowedPolicy],
    evidence: Evidence,
    settings: ReviewSettings,
) -> PolicyRow:
    uses = sum(one.uses for one in used)
    used = [one for one in used if one.recovery or one.turned_down]
    total = sum(one.known for one in used if one.recovery)
    good = sum(one.succeeded for one in used if one.recovery)
    ineffective = sum(one.ineffective for one in used if one.recovery)
    turned_down = sum(one.turned_down for one in used)
    unnecessary = sum(one.unnecessary for one in used if one.recovery) + turned_down
    bounds = wilson(good, total)
    newest = max(known, key=lambda one: one.last_at)
    changed = max(one.changed_at for one in known)
    return PolicyRow(
        policy=key[1],
        environment=key[0],
        services=sorted({one.service for one in known if one.service}),
        uses=uses,
        known=total,
        succeeded=good,
        ineffective=ineffective,
        unnecessary=unnecessary,
        failed=sum(one.failed + one.partial for one in used if one.recovery),
        unknown=sum(one.unknown + one.unfinished for one in used if one.recovery),
        success_rate=good / total if total else None,
        success_low=bounds[0] if bounds else None,
        success_high=bounds[1] if bounds else None,
        ineffective_rate=ineffective / total if total else None,
        unnecessary_rate=unnecessary / (total + turned_down) if total + turned_down else None,
        last_exercised=rfc3339(newest.last_at),
        version=newest.version,
        changed_at=rfc3339(changed) if changed else None,
        zombie=_zombie(uses, newest, known, evidence, settings),
    )


def _zombie(
    uses: int,
    newest: FollowedPolicy,
    known: Sequence[FollowedPolicy],
    evidence: Evidence,
    settings: ReviewSettings,
) -> str | None:
    """Return why a policy lives on although the world it was made for has gone, or None."""
    for one in known:
        changed = evidence.changed.get((one.environment, one.service), 0)
        older = changed - one.changed_at
        if one.changed_at and older >= settings.stale_days * DAY:
            return f"{span(older / 1e6)} older than the last change of {one.service}"
    if not uses and newest.last_at < evidence.since:
        return f"not used in the span, last {span((evidence.until - newest.last_at) / 1e6)} ago"
    return None


def _balance(
    environment: str, policy: str, used: Sequence[Usage], rates: Rates, days: float
) -> BreakEvenRow:
    manual, failure = rates.manual_minutes or 0.0, rates.failure_minutes or 0.0
    good = sum(one.succeeded for one in used)
    bad = sum(one.failed + one.partial + one.ineffective for one in used)
    needless = sum(one.unnecessary + one.turned_down for one in used)
    upkeep = rates.upkeep_minutes * days / UPKEEP_DAYS
    cost = bad * failure + needless * rates.unnecessary_minutes + upkeep
    saved = good * manual
    known = good + bad + needless
    a_use = (saved - (cost - upkeep)) / known if known else 0.0
    tried = good + bad
    fixed = upkeep + needless * rates.unnecessary_minutes
    rate = (failure + fixed / tried) / (manual + failure) if tried and manual + failure else None
    return BreakEvenRow(
        policy=policy,
        environment=environment,
        saved_minutes=round(saved, 1),
        cost_minutes=round(cost, 1),
        net_minutes=round(saved - cost, 1),
        break_even_success=None if rate is None or rate > 1 else rate,
        break_even_uses=upkeep / a_use if a_use > 0 else None,
        pays=saved > cost,
    )

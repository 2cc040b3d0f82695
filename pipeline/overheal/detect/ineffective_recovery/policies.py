"""How often what a policy does does not help, or was not needed, within 30 days."""

from __future__ import annotations

import msgspec

from overheal.detect.base import Context
from overheal.detect.ineffective_recovery.settings import NAME, IneffectiveSettings
from overheal.model import DAY, Event, Finding, Tier
from overheal.state.alarms import Alarms
from overheal.state.book import Ground
from overheal.state.moments import Member
from overheal.state.words import clock, percent

DAYS, KEPT = 30, 100
HELPED, INEFFECTIVE, UNNECESSARY = 0, 1, 2
"""How a recovery of a policy turned out; the places of a day's counts."""

NOT_NEEDED = ("unnecessary", "not necessary", "not needed", "no need")
"""Words by which a rejection says that there was nothing to do."""

REJECTED = frozenset({"", "reject"})


class Policy(msgspec.Struct):
    """Counts of one policy by day (since 1970, UTC), and its open finding.

    `day` is the newest that has begun; `told` are the counts as of the newest member, by which the
    finding is described; `members` did not help or were not needed, and no finding has them yet.
    """

    environment: str
    name: str
    day: int
    days: dict[int, list[int]] = {}
    members: list[Member] = []
    told: list[int] = []
    finding: str = ""


Policies = dict[str, Policy]


def key_of(environment: str, name: str) -> str:
    """Return the key of a policy, which is the subject of findings about it."""
    return f"{environment}\0\0{name}"


def take(policies: Policies, event: Event, name: str, turned_out: int, alarms: Alarms) -> Policy:
    """Count how one recovery of a policy turned out; return the policy."""
    key, day = key_of(event.environment, name), event.time // DAY
    policy = policies.get(key)
    if policy is None:
        policy = policies[key] = Policy(event.environment, name, day)
        alarms.set(key, (day + 1) * DAY)
    policy.days.setdefault(day, [0, 0, 0])[turned_out] += event.count
    return policy


def restate(policy: Policy, at: int, turned_out: int, count: int) -> None:
    """Count otherwise what seemed to help up to `at` (microseconds UTC), on its day."""
    for day in sorted((day for day in policy.days if day <= at // DAY), reverse=True):
        counts = policy.days[day]
        if counts[HELPED]:
            moved = min(count, counts[HELPED])
            counts[HELPED] -= moved
            counts[turned_out] += moved
            return


def tell(
    policy: Policy, opening: str, at: int, settings: IneffectiveSettings, context: Context
) -> None:
    """Open a finding where too much was for nothing, or add members to the one that is open.

    `opening` is the event by which that may have become so, `at` its time.
    """
    since = at - DAYS * DAY
    policy.members = [one for one in policy.members if one.at > since][-KEPT:]
    if not policy.members:
        return
    if policy.finding:
        finding = context.book.findings[policy.finding]
    elif _holds(policy, settings):
        finding = context.book.open(
            NAME,
            key_of(policy.environment, policy.name),
            opening,
            environment=policy.environment,
            service="",
            scope=context.scope,
            first_at=policy.members[0].at,
            at=at,
        )
        finding.title, policy.finding = policy.name, finding.id
    else:
        return
    members, policy.members = policy.members, []
    policy.told = _sums(policy)
    finding.count = policy.told[INEFFECTIVE] + policy.told[UNNECESSARY]
    context.book.join(finding, members, at)
    context.judge(finding, lambda: [_ground(policy, settings)], at)


def pass_days(policy: Policy, now: int, settings: IneffectiveSettings) -> int | None:
    """Forget what is older than the window day by day up to `now`.

    Returns the midnight at which an open finding holds no more, None while it does.
    """
    over: int | None = None
    while (policy.day + 1) * DAY <= now and policy.days:
        policy.day += 1
        for old in [old for old in policy.days if old <= policy.day - DAYS]:
            del policy.days[old]
        if over is None and not _holds(policy, settings):
            over = policy.day * DAY
    return over


def describe(policy: Policy, finding: Finding) -> None:
    """Say how much of what a policy did was for nothing."""
    helped, ineffective, unnecessary = policy.told
    total = helped + ineffective + unnecessary
    finding.evidence |= {
        "policy": policy.name,
        "recoveries_30_days": total,
        "ineffective": ineffective,
        "unnecessary": unnecessary,
        "share": round((ineffective + unnecessary) / total, 4),
    }
    finding.summary = (
        f"Of {total:,} recoveries by policy {policy.name} within 30 days, {ineffective:,} did not "
        f"help and {unnecessary:,} were not needed, since {clock(finding.first_at)}."
    )
    finding.next_step = (
        f"Look at when policy {policy.name} acts, and at what its recoveries leave as it was; "
        "narrow or retire it."
    )


def is_rejected_as_unnecessary(event: Event) -> bool:
    """Whether a proposal of a policy was rejected because there was nothing to do."""
    detail = event.detail
    if detail is None or not detail.policy or detail.decided not in REJECTED:
        return False
    said = event.condition.casefold()
    return event.outcome == "unnecessary" or any(words in said for words in NOT_NEEDED)


def turned_out(outcome: str) -> int | None:
    """Return how a recovery turned out by its reported outcome, None where that is not known."""
    known = {"succeeded": HELPED, "failed": HELPED, "partial": HELPED}
    return (known | {"ineffective": INEFFECTIVE, "unnecessary": UNNECESSARY}).get(outcome)


def _sums(policy: Policy) -> list[int]:
    return [sum(counts) for counts in zip(*policy.days.values(), strict=True)] or [0, 0, 0]


def _holds(policy: Policy, settings: IneffectiveSettings) -> bool:
    total, share = _share(policy)
    return total >= settings.policy_least and share >= settings.policy_share


def _share(policy: Policy) -> tuple[int, float]:
    helped, ineffective, unnecessary = _sums(policy)
    total = helped + ineffective + unnecessary
    return total, (ineffective + unnecessary) / total if total else 0.0


def _ground(policy: Policy, settings: IneffectiveSettings) -> Ground:
    total, share = _share(policy)
    loud = share >= settings.policy_actionable_share
    reason = f"{percent(share)} of {total:,} recoveries by the policy were for nothing"
    return Ground(Tier.ACTIONABLE if loud else Tier.INFORMATIONAL, reason)

"""Successes after which the same service fails for the same cause again."""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from overheal.detect.base import Context
from overheal.detect.ineffective_recovery.settings import NAME, IneffectiveSettings
from overheal.model import MICROSECOND, Event, Finding, Target, Tier
from overheal.state.alarms import Alarms
from overheal.state.book import Ground
from overheal.state.facts import FAILED, SUCCEEDED, Claim, outcome_of
from overheal.state.moments import Member, member_of
from overheal.state.words import clock, span, times

KEPT, CAUSES_SHOWN, CAUSES_KEPT = 100, 10, 100
_NUMBER, _SPACE = re.compile(r"\d+"), re.compile(r"\s+")


class Success(msgspec.Struct, frozen=True, gc=False):
    """A reported success `at` (microseconds UTC) that the next minutes may disprove."""

    claim: Claim
    at: int
    policy: str
    target: Target | None
    member: Member


class Cause(msgspec.Struct):
    """One cause of a service: its newest success, and those in a row that did not last.

    `at` is when anything last happened. What no finding has told yet are the `members`, how many
    recoveries they are, and how many of these counted as successes until then.
    """

    words: str
    at: int
    standing: Success | None = None
    row: int = 0
    since: int = 0
    members: list[Member] = []
    disproved: int = 0
    restated: int = 0


class Service(msgspec.Struct):
    """A service's causes, and its one open finding with what is said there.

    `at` is when anything last happened to a cause that is forgotten by now.
    """

    causes: dict[str, Cause] = {}
    within: int = 0
    at: int = 0
    finding: str = ""
    said: list[str] = []
    row: int = 0
    disproved: int = 0
    restated: int = 0
    after: float = 0.0


class Returned(NamedTuple):
    """A success that did not last, for which cause, and when its trouble was back."""

    success: Success
    cause: Cause
    at: int


Services = dict[str, Service]


def subject_of(event: Event) -> str:
    """Return what a finding about a service whose trouble comes back is about."""
    return f"{event.environment}\0{event.service}\0returns"


def take_recovery(
    services: Services, event: Event, at: int, settings: IneffectiveSettings, context: Context
) -> Returned | None:
    """Take a recovery that began `at`; return the success of the same cause that it disproves."""
    service = services.get(subject_of(event))
    cause = service.causes.get(_cause_of(event)) if service is not None else None
    success = cause.standing if cause is not None else None
    if cause is None or success is None or at <= success.at:
        return None
    if at > success.at + settings.verification or _is_sibling(success, event, at, settings):
        return None
    cause.standing = None
    cause.at = max(cause.at, at)
    cause.since = cause.since if cause.row else success.at
    cause.row += 1
    cause.members = [*cause.members, success.member][-KEPT:]
    cause.disproved += success.claim.count
    cause.restated += success.claim.count * context.disprove(success.claim, event.time)
    return Returned(success, cause, at)


def take_outcome(
    services: Services, event: Event, settings: IneffectiveSettings, alarms: Alarms
) -> None:
    """Note a success that the next minutes may disprove, or that one was none after all."""
    subject, outcome = subject_of(event), outcome_of(event)
    service, key = services.get(subject), _cause_of(event)
    cause = service.causes.get(key) if service is not None else None
    standing = cause.standing if cause is not None else None
    if cause is not None and standing is not None and outcome == FAILED:
        if standing.claim.action_id == event.action_id:
            cause.standing = None
        return
    if outcome != SUCCEEDED:
        return
    if service is None:
        service = services[subject] = Service()
    if cause is None:
        if len(service.causes) >= CAUSES_KEPT:
            return
        cause = service.causes[key] = Cause(event.condition[:160] or event.type, event.time)
    policy = event.detail.policy if event.detail is not None else ""
    member = member_of(event, event.time, event.type)
    cause.standing = Success(Claim.of(event), event.time, policy, event.target, member)
    cause.at = max(cause.at, event.time)
    service.within = settings.verification
    alarms.set(subject, cause.at + service.within + 1)


def tell(
    service: Service,
    returned: Returned,
    event: Event,
    settings: IneffectiveSettings,
    context: Context,
) -> None:
    """Open a finding at enough returns of a cause in a row, or add them to the one that is open."""
    cause, success = returned.cause, returned.success
    if service.finding:
        finding = context.book.findings[service.finding]
    elif cause.row < settings.returns:
        return
    else:
        finding = context.book.open(
            NAME,
            subject_of(event),
            cause.members[0].id,
            environment=event.environment,
            service=event.service,
            scope=context.scope,
            first_at=cause.since,
            at=event.time,
        )
        service.finding = finding.id
    members, cause.members = cause.members, []
    service.disproved += cause.disproved
    service.restated += cause.restated
    cause.disproved = cause.restated = 0
    service.row = max(service.row, cause.row)
    service.after = (returned.at - success.at) / MICROSECOND
    if cause.words not in service.said and len(service.said) < CAUSES_SHOWN:
        service.said.append(cause.words)
    finding.count = service.disproved
    context.book.join(finding, members, event.time)
    context.judge(finding, lambda: [_ground(service, settings)], event.time)


def wake(service: Service, now: int) -> int | None:
    """Forget causes that did not come back in time; return when to look again, if ever."""
    for key, cause in list(service.causes.items()):
        if cause.at + service.within < now:
            service.at = max(service.at, cause.at)
            del service.causes[key]
    first = min((cause.at for cause in service.causes.values()), default=None)
    return None if first is None else first + service.within + 1


def describe(service: Service, finding: Finding) -> None:
    """Say how often a reported success did not last, and what that changes in the counts."""
    window = service.within / MICROSECOND
    finding.evidence |= {
        "returns_in_a_row": service.row,
        "reported_succeeded": service.disproved,
        "restated_as_failed": service.restated,
        "last_returned_after_seconds": service.after,
        "verification_seconds": window,
        "causes": service.said.copy(),
    }
    finding.summary = (
        f"{finding.service} was reported as recovered {times(service.disproved)} since "
        f"{clock(finding.first_at)}, and each time the same trouble was back within "
        f"{span(window)}, the last time after {span(service.after)}: {service.said[0][:200]}."
    )
    finding.next_step = (
        f"Look for what keeps bringing {finding.service} down: its recoveries clear a symptom. "
        "They count as failed now."
    )


def _is_sibling(success: Success, event: Event, at: int, settings: IneffectiveSettings) -> bool:
    """Whether another target of the service fails so soon that it is part of the same trouble."""
    apart = int(settings.sibling_seconds * MICROSECOND)
    named = success.target is not None and event.target is not None
    return named and success.target != event.target and at - success.at <= apart


def _cause_of(event: Event) -> str:
    """Return the condition in general words, without which its type."""
    words = _NUMBER.sub("#", event.condition.casefold())
    return _SPACE.sub(" ", words).strip()[:300] or event.type


def _ground(service: Service, settings: IneffectiveSettings) -> Ground:
    loud = service.row >= settings.actionable_returns
    reason = f"the same trouble came back {times(service.row)} in a row after a reported success"
    return Ground(Tier.ACTIONABLE if loud else Tier.INFORMATIONAL, reason)

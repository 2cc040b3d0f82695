"""What is known of one action's authority, and which rules it broke."""

from __future__ import annotations

from typing import Any

import msgspec

from overheal.model import MICROSECOND, Detail, Event
from overheal.state.moments import Member, member_of

CLOCK = 5 * MICROSECOND
"""How far clocks may differ: an approval this long after the start still came before it."""

ACTING = ("started", "finished")

RULES = {
    "autonomy": "acted above the autonomy level that the service allows",
    "rejected": "acted although it was rejected",
    "approval": "acted without the approval that it needs",
    "failed_check": "acted although a policy check failed",
    "missing_check": "acted without a policy check that the service requires",
    "confidence": "acted below the confidence at which it has to ask",
    "boundary": "did what the service's boundaries leave out",
}
"""What can be broken, and how a sentence says it."""


class Limits(msgspec.Struct, frozen=True, gc=False):
    """What an owner's catalog entry allows, None where it says nothing."""

    level: int | None = None
    ask_below: float | None = None
    types: tuple[str, ...] | None = None
    checks: tuple[str, ...] = ()


NO_LIMITS = Limits()


def limits_of(entry: Any, environment: str) -> Limits:
    """Return what an entry (`catalog.ServiceEntry` or None) says about an environment."""
    if entry is None or entry.environment not in (None, environment):
        return NO_LIMITS
    return Limits(
        entry.allowed_autonomy_level,
        entry.escalate_below_confidence,
        None if entry.boundaries is None else tuple(entry.boundaries),
        tuple(entry.required_policy_checks),
    )


class Actor(msgspec.Struct, frozen=True, gc=False):
    """Who acted first for an action, since when (microseconds UTC), and within which limits."""

    subject: str
    service: str
    environment: str
    agent: str
    kind: str
    by_hand: bool
    at: int
    due: int
    member: Member
    limits: Limits


class Action(msgspec.Struct):
    """One action over its phases; what is told later replaces what was told before.

    `decision` is the last word of a human before it began: `approve`, `reject` or nothing.
    `broke` are the rules it broke so far, as told in `finding` with `member` as the last event.
    """

    needs_approval: bool = False
    decision: str = ""
    overridden: bool = False
    confidence: float | None = None
    checks: dict[str, bool] = {}
    actor: Actor | None = None
    broke: list[str] = []
    finding: str = ""
    member: str = ""

    def hear(self, event: Event) -> None:
        """Take what a phase says; after the start a human's leave still counts for a moment."""
        actor, detail = self.actor, event.detail
        late = event.phase not in ACTING and actor is not None
        if late and not (event.phase == "approved" and actor and event.time <= actor.at + CLOCK):
            return
        if not _by_itself(event):
            self._decide(event)
        if detail is None or late:
            return
        self.needs_approval = self.needs_approval or detail.authority == "approval"
        if detail.confidence is not None:
            self.confidence = detail.confidence
        self.checks.update(detail.checks)

    def _decide(self, event: Event) -> None:
        detail = event.detail
        if event.phase in ("approved", "rejected"):
            self.decision = "approve" if event.phase == "approved" else "reject"
        if detail is not None and detail.decided == "reject":
            self.decision = "reject"
        elif detail is not None and (detail.decided or detail.approved_by):
            self.decision = "approve"
            self.overridden = self.overridden or detail.decided == "override"

    def breaks_at_once(self, event: Event, limits: Limits, *, bind_platform: bool) -> list[str]:
        """Return what nothing that is told later can mend."""
        found = []
        human, detail = event.agent_kind == "human", event.detail
        level = None if detail is None else detail.autonomy_level
        if not human and limits.level is not None and level is not None and level > limits.level:
            found.append("autonomy")
        if self.decision == "reject":
            found.append("rejected")
        if not self.overridden and not all(self.checks.values()):
            found.append("failed_check")
        bound = _is_bound(event.agent_kind, bind_platform=bind_platform)
        if bound and limits.types is not None and event.type not in limits.types:
            found.append("boundary")
        return found

    def breaks_in_the_end(self, actor: Actor, *, bind_platform: bool) -> list[str]:
        """Return what is missing although it could have been told by now."""
        found = []
        limits, human = actor.limits, actor.kind == "human"
        if self.needs_approval and not self.decision and not actor.by_hand:
            found.append("approval")
        bound = _is_bound(actor.kind, bind_platform=bind_platform)
        if bound and any(name not in self.checks for name in limits.checks):
            found.append("missing_check")
        floor, confidence = limits.ask_below, self.confidence
        unsure = floor is not None and confidence is not None and confidence < floor
        if unsure and not human and self.decision != "approve":
            found.append("confidence")
        return found


def says_nothing(detail: Detail | None) -> bool:
    """Whether an event says nothing of authority, whatever else its detail is about."""
    return detail is None or not (
        detail.authority
        or detail.decided
        or detail.approved_by
        or detail.checks
        or detail.confidence is not None
    )


def actor_of(event: Event, limits: Limits, settle: float) -> Actor:
    """Return who acts by an event; an action that is only told when it ends began before."""
    at = event.time
    if event.phase == "finished" and event.duration:
        at -= int(event.duration * MICROSECOND)
    by_hand = event.detail is not None and event.detail.authority == "manual"
    return Actor(
        subject=f"{event.environment}\0{event.service}\0{event.agent}",
        service=event.service,
        environment=event.environment,
        agent=event.agent,
        kind=event.agent_kind,
        by_hand=by_hand and event.agent_kind == "human",
        at=at,
        due=event.time + int(settle * MICROSECOND),
        member=member_of(event, event.time, event.type),
        limits=limits,
    )


def _is_bound(kind: str, *, bind_platform: bool) -> bool:
    """Whether boundaries and required checks bind an agent of this kind."""
    return kind != "human" and (bind_platform or kind != "platform")


def _by_itself(event: Event) -> bool:
    """Whether automation names itself as who approved, which is no approval."""
    detail = event.detail
    named = detail is not None and detail.approved_by == event.agent
    return named and event.agent_kind != "human"

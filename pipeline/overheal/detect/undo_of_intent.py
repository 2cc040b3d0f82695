"""`undo_of_intent`: automation takes back what somebody declared on purpose."""

from __future__ import annotations

import dataclasses

import msgspec

from overheal.detect.base import (
    NEVER,
    PHASES,
    Context,
    Detector,
    Documentation,
    Settings,
    State,
    setting,
)
from overheal.model import DAY, HOUR, MICROSECOND, MINUTE, Event, Finding, Tier, Value
from overheal.state.book import Ground, Member, member_of
from overheal.state.facts import FAILED, outcome_of
from overheal.state.memory import Recent, RecentKeys
from overheal.state.place import field_key
from overheal.state.words import clock, shown, span, times

ALLOWED = frozenset({"approve", "modify", "override"})
"""Decisions by which a human makes an automated action their own."""

CHAIN = 2 * HOUR
"""An effect is known as its cause's for at least this long after it."""


@dataclasses.dataclass(frozen=True)
class UndoSettings(Settings):
    """How long an intent holds, and when it holds again."""

    human_hours: float = setting(
        24.0,
        unit="hours",
        bound="inclusive",
        meaning="a human's goal without an end holds this long",
    )
    agent_hours: float = setting(
        1.0,
        unit="hours",
        bound="inclusive",
        meaning="an agent's goal without an end holds this long",
    )
    longest_days: float = setting(
        7.0, unit="days", bound="inclusive", meaning="no declared intent holds longer than this"
    )
    restored_minutes: float = setting(
        15.0, unit="minutes", bound="inclusive", meaning="restored for this long it is settled"
    )


class Intent(msgspec.Struct):
    """What somebody declared of one field, which holds from `at` up to and including `until`.

    `before` is the value that the declared change left. `undone_*` tell of the last write that took
    it back; from `settles_at` on the declared value has stood long enough again.
    """

    id: str
    action: str
    at: int
    until: int
    agent: str
    human: bool
    goal: str
    target: str
    field: str
    value: Value
    before: Value
    correlation: str
    member: Member
    environment: str
    service: str
    finding: str = ""
    undoings: int = 0
    undone_by: str = ""
    undone_action: str = ""
    undone_at: int = 0
    undone_to: Value = None
    settles_at: int = NEVER


class UndoState(State):
    """Intents by field, the last write of each field, and who acts on whose behalf.

    `authors` counts the standing intents of an agent; `behalf` holds, by event, action and
    correlation id, the authors whose doing it is; `approved` are actions that a human allowed.
    """

    intents: dict[str, Intent] = msgspec.field(default_factory=dict)
    authors: dict[str, int] = msgspec.field(default_factory=dict)
    last: Recent[tuple[int, Value]] = msgspec.field(default_factory=lambda: Recent(DAY))
    behalf: Recent[list[str]] = msgspec.field(default_factory=lambda: Recent(CHAIN))
    approved: RecentKeys = msgspec.field(default_factory=lambda: RecentKeys(DAY))


class UndoOfIntent(Detector[UndoSettings, UndoState]):
    """Holds every automated write of a field against what was declared of it."""

    name = "undo_of_intent"
    settings_type = UndoSettings
    state_type = UndoState
    phases = PHASES - {""}
    documentation = Documentation(
        question="Does automation take back what somebody did on purpose?",
        opens="A finding opens when an automated action writes a declared field back, inside the "
        "window of the intent; for numbers that is in the direction of the value before.",
        escalates="It is critical from the start where a human declared the intent, else it does "
        "not escalate.",
        resolves="It resolves once the declared value has stood again for `restored_minutes`, when "
        "the intent is withdrawn, or when its window ends.",
        identity="Two findings are the same when they are about the same target, field and intent "
        "and opened with the same write.",
        blind_to="It does not see intents that nobody declares with a goal or an end, fields "
        "whose value is not reported, and numbers of which the value before is not known.",
    )

    def on_event(self, state: UndoState, event: Event, context: Context) -> None:  # noqa: ARG002
        """Note what a human approves, and what is done on behalf of an intent's author."""
        phase = event.phase
        if phase == "approved" and (_is_allowed(event) or event.agent_kind == "human"):
            state.approved.put(event.action_id, 1, event.time)
        if not state.authors or not phase:
            return
        authors = {event.agent} & state.authors.keys()
        for cause in event.caused_by:
            authors.update(state.behalf.get(cause) or ())
        if authors:
            _own(state, event, sorted(authors), correlated=event.agent in authors)

    def on_change(self, state: UndoState, event: Event, context: Context) -> None:
        """Hold a write against what was declared; it may declare something itself."""
        if event.target is None:
            return
        key = field_key(event, event.target)
        intent = state.intents.get(key)
        if intent is not None:
            self._compare(state, key, intent, event, context)
        detail = event.detail
        if detail is not None and (detail.goal or detail.until is not None):
            self._declare(state, key, event, context)
        state.last.put(key, (event.time, event.new), event.time)

    def on_outcome(self, state: UndoState, event: Event, context: Context) -> None:
        """Forget what was declared, or take back what was undone, where the action failed."""
        if not state.intents or event.target is None or outcome_of(event) != FAILED:
            return
        key = field_key(event, event.target)
        intent = state.intents.get(key)
        if intent is None:
            return
        if event.action_id == intent.action:
            self._end(state, key, event.time, context)
        elif intent.finding and event.action_id == intent.undone_action:
            self._restored(state, key, intent, event)

    def on_alarm(self, state: UndoState, key: str, now: int, context: Context) -> None:
        """End what is over: the finding of what was restored, the window of an intent."""
        intent = state.intents.get(key)
        if intent is None:
            return
        if intent.finding and intent.settles_at <= min(now, intent.until):
            self.close(state, intent.finding, intent.settles_at, context)
            intent.finding, intent.settles_at, intent.undoings = "", NEVER, 0
        if intent.until < now:
            self._end(state, key, intent.until, context)
        else:
            state.alarms.set(key, min(intent.settles_at, intent.until + 1))

    def describe(self, state: UndoState, finding: Finding) -> None:
        """Say who took back what, whose intent it was, and until when that holds."""
        intent = state.intents[finding.subject.rpartition("\0")[0]]
        after = (intent.undone_at - intent.at) / MICROSECOND
        finding.evidence |= {
            "target": intent.target,
            "field": intent.field,
            "declared": intent.value,
            "declared_by": intent.agent,
            "declared_by_human": intent.human,
            "declared_at": intent.at,
            "goal": intent.goal,
            "window_ends_at": intent.until,
            "value_before": intent.before,
            "written": intent.undone_to,
            "undone_by": intent.undone_by,
            "undone_after_seconds": after,
            "undoings": intent.undoings,
        }
        goal = f" ({shown(intent.goal)})" if intent.goal else ""
        again = f", {times(intent.undoings)} by now" if intent.undoings > 1 else ""
        finding.summary = (
            f"{intent.undone_by} set {intent.field} of {intent.target} to "
            f"{shown(intent.undone_to)}{again}, {span(after)} after {intent.agent} had declared "
            f"{shown(intent.value)}{goal} until {clock(intent.until)}."
        )
        finding.next_step = (
            f"Ask {intent.agent} whether {shown(intent.value)} is still wanted; if so, restore it "
            f"and stop {intent.undone_by} from writing {intent.field} of {intent.target} until "
            "then."
        )

    def _compare(
        self, state: UndoState, key: str, intent: Intent, event: Event, context: Context
    ) -> None:
        if event.new == intent.value:
            self._restored(state, key, intent, event)
        elif _may(state, intent, event):
            self._end(state, key, event.time, context)
        elif _reverses(intent, event.new):
            self._undone(key, intent, event, context)
        else:
            self._restored(state, key, intent, event)

    def _declare(self, state: UndoState, key: str, event: Event, context: Context) -> None:
        """Take an intent, unless it contradicts one of somebody else that still stands."""
        standing, human = state.intents.get(key), event.agent_kind == "human"
        detail = event.detail
        if detail is None or (standing and not human and standing.agent != event.agent):
            return
        settings = self.settings(event.environment, event.service)
        lasts = settings.human_hours if human else settings.agent_hours
        until = event.time + int(lasts * HOUR) if detail.until is None else detail.until
        until = min(until, event.time + int(settings.longest_days * DAY))
        if until <= event.time:
            return
        if standing:
            self._end(state, key, event.time, context)
        state.intents[key] = Intent(
            id=event.id,
            action=event.action_id,
            at=event.time,
            until=until,
            agent=event.agent,
            human=human,
            goal=detail.goal[:160],
            target=str(event.target),
            field=event.field,
            value=event.new,
            before=_before(state, key, event) if event.old is None else event.old,
            correlation=event.correlation_id,
            member=member_of(event, event.time, f"declared {event.field} = {shown(event.new)}"),
            environment=event.environment,
            service=event.service,
        )
        state.authors[event.agent] = state.authors.get(event.agent, 0) + 1
        _own(state, event, [event.agent], correlated=True)
        state.alarms.set(key, until + 1)

    def _undone(self, key: str, intent: Intent, event: Event, context: Context) -> None:
        members = [member_of(event, event.time, f"{event.field} = {shown(event.new)}")]
        if not intent.finding:
            finding = context.book.open(
                self.name,
                f"{key}\0{intent.id}",
                event.id,
                environment=intent.environment,
                service=intent.service,
                scope=context.scope,
                first_at=event.time,
                at=event.time,
            )
            if not intent.service and event.target is not None:
                finding.title = event.target.name
            intent.finding = finding.id
            members.insert(0, intent.member)
        finding = context.book.findings[intent.finding]
        intent.undoings += 1
        intent.undone_by, intent.undone_action = event.agent, event.action_id
        intent.undone_at, intent.undone_to = event.time, event.new
        intent.settles_at = NEVER
        finding.count = intent.undoings
        context.book.join(finding, members, event.time)
        context.judge(finding, lambda: _grounds(intent), event.time)

    def _restored(self, state: UndoState, key: str, intent: Intent, event: Event) -> None:
        if intent.finding and intent.settles_at == NEVER:
            settings = self.settings(intent.environment, intent.service)
            intent.settles_at = event.time + int(settings.restored_minutes * MINUTE)
            state.alarms.set(key, intent.settles_at)

    def _end(self, state: UndoState, key: str, at: int, context: Context) -> None:
        intent = state.intents[key]
        if intent.finding:
            self.close(state, intent.finding, at, context)
        del state.intents[key]
        left = state.authors[intent.agent] - 1
        if left:
            state.authors[intent.agent] = left
        else:
            del state.authors[intent.agent]


def _before(state: UndoState, key: str, event: Event) -> Value:
    """Return what was written last within a day, None where that is not known."""
    at, value = state.last.get(key) or (0, None)
    return value if at + DAY > event.time else None


def _own(state: UndoState, event: Event, authors: list[str], *, correlated: bool) -> None:
    """Note whose doing an event is; what an author does itself speaks for its correlation too."""
    for name in (event.id, event.action_id):
        state.behalf.put(name, authors, event.time)
    if correlated and event.correlation_id:
        together = f"\0{event.correlation_id}"
        known = state.behalf.get(together) or []
        state.behalf.put(together, sorted({*known, *authors}), event.time)


def _may(state: UndoState, intent: Intent, event: Event) -> bool:
    """Whether a write may differ: its author's or a human's own, or allowed by one of them."""
    if event.agent == intent.agent or event.agent_kind == "human" or _is_allowed(event):
        return True
    if state.approved.get(event.action_id) is not None:
        return True
    names = [event.action_id, *event.caused_by]
    if event.correlation_id:
        names.append(f"\0{event.correlation_id}")
    return any(intent.agent in (state.behalf.get(name) or ()) for name in names)


def _is_allowed(event: Event) -> bool:
    detail = event.detail
    return detail is not None and detail.decided in ALLOWED and detail.approved_by != ""


def _reverses(intent: Intent, new: Value) -> bool:
    """Whether another value goes back; where the declared one changed nothing, any does."""
    value, before = intent.value, intent.before
    if not _is_number(value) or not _is_number(new) or before == value:
        return True
    if not _is_number(before):
        return False
    return new < value if value > before else new > value  # type: ignore[operator]


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _grounds(intent: Intent) -> list[Ground]:
    said = f"declared by {intent.agent}, undone inside its window by {intent.undone_by}"
    return [Ground(Tier.CRITICAL if intent.human else Tier.ACTIONABLE, said)]

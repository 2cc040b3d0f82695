"""What is remembered of declared intents, whose doing an event is, and what goes against one."""

from __future__ import annotations

import msgspec

from overheal.detect.base import NEVER, State
from overheal.model import DAY, HOUR, Event, Value
from overheal.state.memory import Recent, RecentKeys
from overheal.state.moments import Member

ALLOWED = frozenset({"approve", "modify", "override"})
"""Decisions by which a human makes an automated action their own."""

CHAIN = 2 * HOUR
"""An effect is known as its cause's for at least this long after it."""


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


def value_before(state: UndoState, key: str, event: Event) -> Value:
    """Return what was written last within a day, None where that is not known."""
    at, value = state.last.get(key) or (0, None)
    return value if at + DAY > event.time else None


def own(state: UndoState, event: Event, authors: list[str], *, correlated: bool) -> None:
    """Note whose doing an event is; what an author does itself speaks for its correlation too."""
    for name in (event.id, event.action_id):
        state.behalf.put(name, authors, event.time)
    if correlated and event.correlation_id:
        together = f"\0{event.correlation_id}"
        known = state.behalf.get(together) or []
        state.behalf.put(together, sorted({*known, *authors}), event.time)


def may_differ(state: UndoState, intent: Intent, event: Event) -> bool:
    """Whether a write may differ: its author's or a human's own, or allowed by one of them."""
    if event.agent == intent.agent or event.agent_kind == "human" or is_allowed(event):
        return True
    if state.approved.get(event.action_id) is not None:
        return True
    names = [event.action_id, *event.caused_by]
    if event.correlation_id:
        names.append(f"\0{event.correlation_id}")
    return any(intent.agent in (state.behalf.get(name) or ()) for name in names)


def is_allowed(event: Event) -> bool:
    """Whether an event says that somebody decided for it."""
    detail = event.detail
    return detail is not None and detail.decided in ALLOWED and detail.approved_by != ""


def reverses(intent: Intent, new: Value) -> bool:
    """Whether another value goes back; where the declared one changed nothing, any does."""
    value, before = intent.value, intent.before
    if not _is_number(value) or not _is_number(new) or before == value:
        return True
    if not _is_number(before):
        return False
    return new < value if value > before else new > value  # type: ignore[operator]


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

"""What an event means to detectors: a recovery, a change, a state seen, an outcome."""

from __future__ import annotations

import msgspec

from overheal.model import HOUR, Event
from overheal.state.memory import RecentKeys

ACTION_MEMORY = 6 * HOUR
"""How long an action's first sighting is remembered, at least; an action that takes longer and
reports both its start and its end counts twice."""

_BEGUN, _OVER = 1, 0


class Recovery(msgspec.Struct, frozen=True, gc=False):
    """One recovery, counted once: at its start, or at its end less its duration.

    `at`, `first_at` are microseconds UTC; `count` occurrences lie after `first_at` and at or before
    `at`, the last of them at `at`. `failed` is whether it was already reported as failed.
    """

    event: Event
    at: int
    count: int
    first_at: int
    automated: bool
    failed: bool


class Facts(msgspec.Struct, frozen=True, gc=False):
    """Everything one event means; `None` and False where it means nothing of the kind.

    `settles` is whether it reports the outcome of a recovery that was counted when it started.
    """

    event: Event
    recovery: Recovery | None = None
    settles: bool = False
    changes: bool = False
    outcome: bool = False
    observed: bool = False


class FactReader(msgspec.Struct):
    """Reads events of one scope, in their order, remembering which actions it has seen."""

    counted: RecentKeys
    changed: RecentKeys

    @classmethod
    def new(cls) -> FactReader:
        """Return a reader that has seen nothing."""
        return cls(RecentKeys(ACTION_MEMORY), RecentKeys(ACTION_MEMORY))

    def read(self, event: Event) -> Facts | None:
        """Return what `event` means, or None where it means nothing to any detector.

        A witness never counts and never changes anything; proposals, approvals and rejections
        do neither.
        """
        phase = event.phase
        if not phase:
            seen = event.target is not None and event.new is not None
            return Facts(event, observed=seen) if seen or event.user_visible else None
        if event.witness_of or phase not in ("started", "finished"):
            return Facts(event) if event.user_visible else None
        recovery, settles = None, False
        if event.recovery:
            recovery = self._recovery(event)
            settles = recovery is None and phase == "finished" and self._settle(event)
        changes = event.new is not None and event.target is not None and self._first_change(event)
        outcome = event.outcome != ""
        if recovery is None and not changes and not outcome and not event.user_visible:
            return None
        return Facts(
            event, recovery=recovery, settles=settles, changes=changes, outcome=outcome
        )

    def _settle(self, event: Event) -> bool:
        """Whether this is the first end of an action that was counted when it started."""
        if self.counted.get(event.action_id) != _BEGUN:
            return False
        self.counted.put(event.action_id, _OVER, event.time)
        return True

    def _recovery(self, event: Event) -> Recovery | None:
        if self.counted.get(event.action_id) is not None:
            return None
        at = event.time
        if event.phase == "finished" and event.duration:
            at -= int(event.duration * 1_000_000)
        state = _BEGUN if event.phase == "started" else _OVER
        self.counted.put(event.action_id, state, event.time)
        return Recovery(
            event=event,
            at=at,
            count=event.count,
            first_at=min(event.first_at, at),
            automated=event.agent_kind != "human",
            failed=event.outcome == "failed",
        )

    def _first_change(self, event: Event) -> bool:
        if event.outcome == "failed" or self.changed.get(event.action_id) is not None:
            return False
        self.changed.put(event.action_id, 1, event.time)
        return True

"""What an event means to detectors: a recovery, a change, a state seen, an outcome."""

from __future__ import annotations

import msgspec

from overheal.model import HOUR, Event
from overheal.state.memory import RecentKeys

ACTION_MEMORY = 6 * HOUR
"""How long an action is remembered after its last phase, at least; one that stays silent for
longer and then reports its end counts twice."""

OVER_MEMORY = HOUR // 2
"""How long an action is remembered, at least, that has finished with an outcome; what is told of
it later counts as another's."""

ACTIONS_KEPT = 20_000
"""Actions of one scope that are remembered, where there are more than so many within that time."""

UNTOLD_KEPT, UNTOLD_MEMORY = 5_000, HOUR // 4
"""Actions that have finished without an outcome are as many as a busy stream brings: beyond so many
they are remembered for so long."""

UNKNOWN, SUCCEEDED, FAILED, OTHER = 0, 1, 2, 3
"""What is known of an action's outcome; `OTHER` is neither a success nor a failure."""

_CLASSES = {
    "succeeded": SUCCEEDED,
    "failed": FAILED,
    "ineffective": FAILED,
    "partial": OTHER,
    "unnecessary": OTHER,
}
_COUNTED, _CHANGED, _DRILLED, _OVER, _DISPROVED, _OUTCOME = 4, 8, 16, 32, 64, 3
"""What is remembered of an action, as bits; `_OUTCOME` masks the class of its outcome."""


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


class Claim(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """That an action succeeded, as reported; `count` recoveries of a service.

    `service` is the service's key, its environment before it.
    """

    service: str
    action_id: str
    count: int

    @classmethod
    def of(cls, event: Event) -> Claim:
        """Return what the event of a recovery claims."""
        return cls(f"{event.environment}\0{event.service}", event.action_id, event.count)


class Facts(msgspec.Struct, frozen=True, gc=False):
    """Everything one event means; `None` and False where it means nothing of the kind.

    `settles` is the class of outcome that a recovery counted earlier had until this event told
    another one. `outcome` is whether an action's end, or another outcome than before, is told.
    """

    event: Event
    recovery: Recovery | None = None
    settles: int | None = None
    changes: bool = False
    outcome: bool = False
    observed: bool = False


class FactReader(msgspec.Struct):
    """Reads events of one scope, in their order, remembering which actions it has seen.

    `actions` are under way; `untold` have finished and may still tell an outcome; `over` are those
    that finished with an outcome, of which a repetition or a correction may come soon.
    """

    actions: RecentKeys
    untold: RecentKeys
    over: RecentKeys

    @classmethod
    def new(cls) -> FactReader:
        """Return a reader that has seen nothing."""
        return cls(
            RecentKeys(ACTION_MEMORY, most=ACTIONS_KEPT),
            RecentKeys(ACTION_MEMORY, most=UNTOLD_KEPT, least=UNTOLD_MEMORY),
            RecentKeys(OVER_MEMORY, most=ACTIONS_KEPT),
        )

    def read(self, event: Event, *, drilled: bool = False) -> Facts | None:
        """Return what `event` means, or None where it means nothing to any detector.

        A witness never counts and never changes anything; proposals, approvals and rejections do
        neither. An action belongs to a drill when it was first seen in one. A verification tells
        an outcome, and nothing else.
        """
        phase = event.phase
        if not phase or event.witness_of or phase not in ("started", "finished", "verified"):
            return None if drilled else self._seen(event)
        known = self._known(event.action_id)
        bits = (_DRILLED if drilled else 0) if known is None else known
        if bits & _DRILLED:
            self.actions.put(event.action_id, bits, event.time)
            return None
        recovery, settles, changes, told = None, None, False, False
        if phase != "verified":
            if event.recovery and not bits & _COUNTED:
                recovery = _recovery(event)
                bits |= _COUNTED
            changes = not bits & _CHANGED and _changes(event)
            bits |= _CHANGED * changes
        if phase != "started":
            before, now = bits & _OUTCOME, outcome_of(event)
            told = now not in (UNKNOWN, before) and not bits & _DISPROVED
            if told and recovery is None and bits & _COUNTED and event.agent_kind != "human":
                settles = before
            bits += (now - before) * told
            told = told or (phase == "finished" and not bits & _OVER)
            bits |= _OVER
        if bits != known:
            self._keep(event.action_id, bits, event.time, again=known is not None)
        if recovery is None and not changes and not told and not event.user_visible:
            return None
        return Facts(event, recovery, settles, changes, told)

    def disprove(self, action_id: str, now: int) -> bool:
        """Take a reported success for a failure from now on, whatever is reported of it later.

        Returns whether it was counted as a recovery that succeeded, which is believed of what is
        not remembered; `now` is event time.
        """
        bits = self._known(action_id)
        if bits is None:
            return True
        if not bits & _COUNTED or bits & _OUTCOME != SUCCEEDED:
            return False
        self._keep(action_id, bits - SUCCEEDED + FAILED | _DISPROVED, now, again=True)
        return True

    def _known(self, action_id: str) -> int | None:
        found = self.over.get(action_id)
        if found is None:
            found = self.untold.get(action_id)
        return self.actions.get(action_id) if found is None else found

    def _keep(self, action_id: str, bits: int, now: int, *, again: bool) -> None:
        if bits & _OVER and bits & _OUTCOME:
            self.over.put(action_id, bits, now)
            if again:
                self.untold.drop(action_id)
                self.actions.drop(action_id)
        elif bits & _OVER:
            self.untold.put(action_id, bits, now)
            if again:
                self.actions.drop(action_id)
            self.actions.pass_to(now)
        else:
            self.actions.put(action_id, bits, now)
            self.untold.pass_to(now)

    @staticmethod
    def _seen(event: Event) -> Facts | None:
        state = (
            not event.phase
            and event.target is not None
            and event.new is not None
            and not event.witness_of
        )
        return Facts(event, observed=state) if state or event.user_visible else None


def outcome_of(event: Event) -> int:
    """Return the class of the outcome that an event tells; unknown is not success."""
    return _CLASSES.get(event.outcome, UNKNOWN)


def _changes(event: Event) -> bool:
    return event.new is not None and event.target is not None and event.outcome != "failed"


def _recovery(event: Event) -> Recovery:
    at = event.time
    if event.phase == "finished" and event.duration:
        at -= int(event.duration * 1_000_000)
    return Recovery(
        event=event,
        at=at,
        count=event.count,
        first_at=min(event.first_at, at),
        automated=event.agent_kind != "human",
        failed=outcome_of(event) == FAILED,
    )

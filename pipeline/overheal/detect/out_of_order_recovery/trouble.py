"""When services were in trouble, as far as their symptoms and recoveries tell."""

from __future__ import annotations

import msgspec

from overheal.model import Event, Value
from overheal.state.facts import SUCCEEDED, UNKNOWN, outcome_of

TELLING = frozenset({"symptom", "alert", "page"})
"""Kinds of observation that tell of trouble, or that it is over."""

WELL = frozenset(
    {"clear", "cleared", "closed", "green", "healthy", "normal", "ok", "passed", "passing"}
    | {"ready", "recovered", "resolved", "running", "up", "available"}
)
"""States in which a service is not in trouble, in lower case."""

PERIODS_KEPT, UNFINISHED_KEPT = 8, 50


class Period(msgspec.Struct):
    """A time of trouble: when it began and last showed, and when it was over (0: not yet)."""

    since: int
    shown_at: int
    over_at: int = 0


class Health(msgspec.Struct):
    """One service's times of trouble, and the recoveries of it that have not finished."""

    periods: list[Period] = []
    unfinished: dict[str, int] = {}
    told_at: int = 0

    def take(self, event: Event) -> None:
        """Take any event of the service."""
        if event.witness_of:
            return
        if not event.phase:
            if event.type in TELLING:
                self._observed(event.new, event.time)
        elif event.recovery:
            self._recovered(event)

    def was_down(self, at: int, tolerance: int, within: int) -> bool:
        """Whether it was in trouble all around `at`, and had shown it no longer than `within` ago.

        All are microseconds; `tolerance` is how far clocks may differ.
        """
        return any(
            period.since <= at - tolerance
            and (not period.over_at or period.over_at > at + tolerance)
            and period.shown_at >= at - within
            for period in self.periods
        )

    def _observed(self, state: Value, at: int) -> None:
        if isinstance(state, str) and state.casefold() in WELL:
            self._over(at)
        elif state is None or isinstance(state, str):
            self._trouble(at, at)

    def _recovered(self, event: Event) -> None:
        if event.phase == "started":
            self._trouble(event.time, event.time)
            self.unfinished[event.action_id] = event.time
            if len(self.unfinished) > UNFINISHED_KEPT:
                del self.unfinished[next(iter(self.unfinished))]
        elif event.phase in ("finished", "verified"):
            began = self.unfinished.pop(event.action_id, None)
            lasted = int((event.duration or 0.0) * 1_000_000)
            if began is None and event.phase == "finished":
                self._trouble(event.time - lasted, event.time)
            if outcome_of(event) in (SUCCEEDED, UNKNOWN) or event.outcome == "unnecessary":
                self._over(event.time)
            else:
                self._trouble(event.time, event.time)

    def _trouble(self, since: int, at: int) -> None:
        self.told_at = at
        if self.periods and not self.periods[-1].over_at:
            self.periods[-1].shown_at = at
            return
        self.periods.append(Period(since, at))
        del self.periods[:-PERIODS_KEPT]

    def _over(self, at: int) -> None:
        self.told_at = at
        if self.periods and not self.unfinished and not self.periods[-1].over_at:
            self.periods[-1].over_at = at

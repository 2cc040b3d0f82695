"""Who undoes whom on one field of one target."""

from __future__ import annotations

import msgspec

from overheal.model import Value
from overheal.state.series import WRITES_KEPT, First, Write

OVERRIDES_KEPT = 500
"""How many reversals between two agents are remembered at most."""


class Override(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Agent `by` undid what agent `of` had written, in event `id` at `at` (microseconds UTC).

    `place` tells the field, where one list holds overrides of several.
    """

    at: int
    id: str
    by: str
    of: str
    value: Value
    place: str = ""

    @property
    def pair(self) -> tuple[str, str]:
        """Both agents, in alphabetical order."""
        return (self.by, self.of) if self.by < self.of else (self.of, self.by)

    @property
    def target(self) -> str:
        """The field's target: all of `place` but its last part."""
        return self.place.rpartition("\0")[0]


class Contest(msgspec.Struct):
    """The writes of one field that changed it, oldest first, and whether one more is an override.

    An override is a write by another agent than the last, of another value, that goes back: to the
    value from before the last agent's turn, to this agent's own last value, or, for numbers, in
    the opposite direction of that turn. Writing the value that already stands is agreement.
    """

    writes: list[Write]
    before_turn: Value
    own: dict[str, Value]
    seen_at: int

    @classmethod
    def after(cls, first: First) -> Contest:
        """Return a contest that begins with what was known so far."""
        write = first.write
        return cls([write], first.old, {write.agent: write.value}, write.at)

    def write(self, made: Write, place: str = "") -> Override | None:
        """Take one more write; return the override that it is, if it is one."""
        found, last = None, self.writes[-1]
        self.seen_at, own = made.at, self.own.get(made.agent)
        self.own[made.agent] = made.value
        if last.value == made.value:
            return None
        if made.agent != last.agent:
            if self._goes_back(last, made, own):
                found = Override(made.at, made.id, made.agent, last.agent, made.value, place)
            self.before_turn = last.value
        self.writes.append(made)
        if len(self.writes) > WRITES_KEPT:
            del self.writes[: WRITES_KEPT // 3]
        return found

    def forget_before(self, time: int) -> None:
        """Forget writes at or before `time`, except the two newest."""
        gone = 0
        while gone < len(self.writes) - 2 and self.writes[gone].at <= time:
            gone += 1
        del self.writes[:gone]

    def _goes_back(self, last: Write, made: Write, own: Value) -> bool:
        if made.value in (self.before_turn, own):
            return True
        turn = (self.before_turn, last.value, made.value)
        if not all(isinstance(item, int | float) for item in turn):
            return False
        start, now, then = (float(item) for item in turn)  # type: ignore[arg-type]
        return (now - start) * (then - now) < 0


class Bout(msgspec.Struct):
    """The overrides between two agents within the window, and their open finding.

    `targets` counts them by target, `total` since the finding opened; `mandates` are as stated.
    """

    pair: tuple[str, str]
    overrides: list[Override] = []
    targets: dict[str, int] = {}
    mandates: dict[str, str] = {}
    finding: str = ""
    total: int = 0

    def add(self, override: Override, start: int) -> None:
        """Take one more override; forget those at or before `start`."""
        self.overrides.append(override)
        self.targets[override.target] = self.targets.get(override.target, 0) + 1
        self.total += 1
        self._drop(max(0, len(self.overrides) - OVERRIDES_KEPT))
        self.forget_before(start)

    def forget_before(self, time: int) -> None:
        """Forget overrides at or before `time`."""
        gone = 0
        while gone < len(self.overrides) and self.overrides[gone].at <= time:
            gone += 1
        self._drop(gone)

    def is_fight(self, least: int) -> bool:
        """Whether it is `least` overrides by both sides, who want different things."""
        if len(self.overrides) < least:
            return False
        by = self.overrides[-1].by
        other = next((item.by for item in reversed(self.overrides) if item.by != by), None)
        return other is not None and self._wants(by) != self._wants(other)

    def calm_at(self, least: int, window: int) -> int:
        """Return when fewer than `least` overrides are left in the window."""
        return self.overrides[-least].at + window

    def _drop(self, gone: int) -> None:
        for item in self.overrides[:gone]:
            self.targets[item.target] -= 1
            if not self.targets[item.target]:
                del self.targets[item.target]
        del self.overrides[:gone]

    def _wants(self, agent: str) -> set[tuple[str, Value]]:
        return {(item.place, item.value) for item in self.overrides if item.by == agent}

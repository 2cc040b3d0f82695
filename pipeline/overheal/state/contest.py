"""Who undoes whom on one field of one target."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from overheal.model import Value
from overheal.state.series import First
from overheal.state.writes import Write

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
    """The last write of one field that changed it, and whether one more is an override.

    An override is a write by another agent than the last, of another value, that goes back: to the
    value from before the last agent's turn, to this agent's own last value, or, for numbers, in
    the opposite direction of that turn. Writing the value that already stands is agreement. A
    write that is `planned`, a step of a rollout, goes on to the next value and only undoes where it
    returns to an earlier one; two planned turns after one another, such as a switch between blue
    and green, undo nothing.
    """

    last: Write
    before_turn: Value
    own: dict[str, Value]
    seen_at: int
    planned: bool = False

    @classmethod
    def after(cls, first: First, *, planned: bool = False) -> Contest:
        """Return a contest that begins with what was known so far."""
        write = first.write
        return cls(write, first.old, {write.agent: write.value}, write.at, planned)

    def write(self, made: Write, place: str = "", *, planned: bool = False) -> Override | None:
        """Take one more write; return the override that it is, if it is one."""
        found, last = None, self.last
        self.seen_at, own = made.at, self.own.get(made.agent)
        self.own[made.agent] = made.value
        if last.value == made.value:
            return None
        if made.agent != last.agent:
            plan = planned and self.planned
            if not plan and self._goes_back(last, made, own, planned=planned):
                found = Override(made.at, made.id, made.agent, last.agent, made.value, place)
            self.before_turn = last.value
        self.planned = planned
        self.last = made
        return found

    def _goes_back(self, last: Write, made: Write, own: Value, *, planned: bool) -> bool:
        if made.value in (self.before_turn, own):
            return True
        turn = (self.before_turn, last.value, made.value)
        if planned or not all(isinstance(item, int | float) for item in turn):
            return False
        start, now, then = (float(item) for item in turn)  # type: ignore[arg-type]
        return (now - start) * (then - now) < 0


class Bout(msgspec.Struct):
    """The overrides between agents within the window, and their open finding.

    `pair` are two who undo each other, or three of whom each undoes the one before it. `targets`
    counts the overrides by target, `total` since the finding opened; `mandates` are as stated,
    `person` is the one of them who is no automation.
    """

    pair: tuple[str, ...]
    overrides: list[Override] = []
    targets: dict[str, int] = {}
    mandates: dict[str, str] = {}
    finding: str = ""
    total: int = 0
    person: str = ""

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
        return other is not None and wants(self.overrides, by) != wants(self.overrides, other)

    def take_back(self, undone: str) -> None:
        """Forget the newest override where it is the one in event `undone`: all agree to it."""
        if not self.finding and self.overrides and self.overrides[-1].id == undone:
            item = self.overrides.pop()
            self.targets[item.target] -= 1
            if not self.targets[item.target]:
                del self.targets[item.target]

    @property
    def is_in_earnest(self) -> bool:
        """Whether a person came back to a field: to correct each of several once is no fight."""
        places = [item.place for item in self.overrides if item.by == self.person]
        return not self.person or len(set(places)) < len(places)

    def calm_at(self, least: int, window: int) -> int:
        """Return when fewer than `least` overrides are left in the window."""
        return self.overrides[-least].at + window

    def _drop(self, gone: int) -> None:
        for item in self.overrides[:gone]:
            self.targets[item.target] -= 1
            if not self.targets[item.target]:
                del self.targets[item.target]
        del self.overrides[:gone]


def wants(overrides: Iterable[Override], agent: str) -> set[tuple[str, Value]]:
    """Return what an agent wrote over others, and where."""
    return {(item.place, item.value) for item in overrides if item.by == agent}


Ring = tuple[str, str, str]
"""Three agents of whom each undoes the one before it, and the first the last."""


def ring_of(override: Override, third: str) -> Ring:
    """Return the ring that an override and a third agent would be part of.

    It begins with the first name of the alphabet; the same three may also go round the other way.
    """
    ring = (override.of, override.by, third)
    first = ring.index(min(ring))
    return (ring[first], ring[(first + 1) % 3], ring[(first + 2) % 3])


def is_part(override: Override, ring: tuple[str, ...]) -> bool:
    """Whether an override is one agent of a ring undoing the one before it."""
    return override.by in ring and ring[ring.index(override.by) - 1] == override.of


def round_of(bouts: dict[str, Bout], ring: Ring, start: int, least: int) -> list[Override]:
    """Return the overrides that close a ring after `start`, the oldest first, `[]` if none does.

    Each of the three has undone the one before it, `least` times together, and each wants something
    that no other of them does.
    """
    found: list[Override] = []
    for by, of in ((ring[1], ring[0]), (ring[2], ring[1]), (ring[0], ring[2])):
        bout = bouts.get("\0".join(sorted((by, of))))
        if bout is None or bout.finding:
            return []
        mine = [item for item in bout.overrides if item.by == by and item.at > start]
        if not mine:
            return []
        found += mine
    found.sort(key=lambda item: (item.at, item.id))
    differ = len({frozenset(wants(found, agent)) for agent in ring}) == len(ring)
    return found if differ and len(found) >= least else []

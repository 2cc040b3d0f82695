"""One field that several agents write."""

from __future__ import annotations

from functools import cached_property

import msgspec

from overheal.state.contest import (
    Bout,
    Contest,
    Override,
    is_part,
    ring_of,
    round_of,
)
from overheal.state.writes import Write, Writes

RING = 3
"""How many agents a ring has."""

FIGHTS_KEPT = 20
"""Fights over one field that are told at once: so many agents fight that it has no owner."""


class Fight(msgspec.Struct, dict=True):
    """One field that agents write, and what each pair of them does to each other on it.

    `writes` are those that changed it.
    """

    key: str
    contest: Contest
    writes: Writes
    name: str
    target: str
    environment: str
    service: str
    bouts: dict[str, Bout] = {}
    mandates: dict[str, str] = {}

    @cached_property
    def open(self) -> dict[str, Bout]:
        """The bouts with an open finding; not saved, but found among all."""
        return {name: bout for name, bout in self.bouts.items() if bout.finding}

    @cached_property
    def _met(self) -> dict[str, set[str]]:
        """Between which agents there was an override, by either; not saved."""
        found: dict[str, set[str]] = {}
        for bout in self.bouts.values():
            _meet(found, bout.pair)
        return found

    def opened(self, bout: Bout, finding: str) -> str:
        """Let a bout have an open finding; return its name."""
        name = "\0".join(bout.pair)
        bout.finding, bout.total = finding, len(bout.overrides)
        self.open[name] = bout
        return name

    def closed(self, name: str) -> None:
        """Let a bout have no open finding any more."""
        bout = self.open.pop(name)
        bout.finding, bout.total = "", 0

    def forget(self, names: list[str]) -> None:
        """Forget bouts of which nothing is left in the window."""
        for name in names:
            del self.bouts[name]
        if names:
            vars(self).pop("_met", None)

    def agree(self, write: Write) -> None:
        """Take a write of the value that stands: whoever wrote that has undone nobody by it."""
        last = self.contest.last
        bout = self.bouts.get("\0".join(sorted((last.agent, write.agent))))
        if bout is not None:
            bout.take_back(last.id)
        self.contest.write(write)

    def undo(self, override: Override, start: int) -> None:
        """Take an override. `start` is when the window begins.

        It is added to the open findings about three agents of which it is part, too.
        """
        mine = self.bouts.setdefault("\0".join(override.pair), Bout(override.pair))
        _meet(self._met, override.pair)
        mine.add(override, start)
        for bout in self.open.values():
            if len(bout.pair) == RING and is_part(override, bout.pair):
                bout.add(override, start)

    def fresh(self, override: Override, start: int, least: int) -> list[Bout]:
        """Return the fights of two or three agents that an override makes, and nobody told yet."""
        mine, room = self.bouts["\0".join(override.pair)], FIGHTS_KEPT - len(self.open)
        if mine.finding or room <= 0:
            return []
        return [mine] if mine.is_fight(least) else self._rings(override, start, least)[:room]

    def _rings(self, override: Override, start: int, least: int) -> list[Bout]:
        """Return the rings of three agents that an override closes, each as a new bout."""
        found = []
        for third in sorted(self._met[override.by] & self._met[override.of]):
            ring = ring_of(override, third)
            known = self.bouts.get("\0".join(ring))
            if known is None or not known.finding:
                undone = round_of(self.bouts, ring, start, least)
                if undone:
                    bout = self.bouts["\0".join(ring)] = Bout(ring)
                    for item in undone:
                        bout.add(item, start)
                    found.append(bout)
        return found


def _meet(met: dict[str, set[str]], pair: tuple[str, ...]) -> None:
    if len(pair) < RING:
        met.setdefault(pair[0], set()).add(pair[1])
        met.setdefault(pair[1], set()).add(pair[0])


def fought(writes: list[Write], bout: Bout) -> list[Write]:
    """Return the writes of those who fight from the one that was undone first."""
    opening = bout.overrides[0]
    both = [write for write in writes if write.agent in bout.pair and write.id]
    first = next((i for i, write in enumerate(both) if write.id == opening.id), 0)
    return both[max(0, first - 1) :]

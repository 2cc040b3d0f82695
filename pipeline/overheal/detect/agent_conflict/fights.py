"""One field that several agents write."""

from __future__ import annotations

import msgspec

from overheal.state.contest import (
    Bout,
    Contest,
    Override,
    is_part,
    ring_of,
    round_of,
)
from overheal.state.series import Write

RING = 3
"""How many agents a ring has."""


class Fight(msgspec.Struct):
    """One field that agents write, and what each pair of them does to each other on it."""

    key: str
    contest: Contest
    name: str
    target: str
    environment: str
    service: str
    bouts: dict[str, Bout] = {}
    mandates: dict[str, str] = {}

    def agree(self, write: Write) -> None:
        """Take a write of the value that stands: whoever wrote that has undone nobody by it."""
        last = self.contest.writes[-1]
        bout = self.bouts.get("\0".join(sorted((last.agent, write.agent))))
        if bout is not None:
            bout.take_back(last.id)
        self.contest.write(write)

    def undo(self, override: Override, start: int) -> Bout:
        """Take an override; return the bout of its pair. `start` is when the window begins.

        It is added to the open findings about three agents of which it is part, too.
        """
        mine = self.bouts.setdefault("\0".join(override.pair), Bout(override.pair))
        mine.add(override, start)
        for bout in self.bouts.values():
            if len(bout.pair) == RING and bout.finding and is_part(override, bout.pair):
                bout.add(override, start)
        return mine

    def rings(self, override: Override, start: int, least: int) -> list[Bout]:
        """Return the rings of three agents that an override closes, each as a new bout."""
        found = []
        agents = {agent for bout in self.bouts.values() for agent in bout.pair}
        for third in sorted(agents - {override.by, override.of}) if len(agents) >= RING else ():
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


def fought(writes: list[Write], bout: Bout) -> list[Write]:
    """Return the writes of those who fight from the one that was undone first."""
    opening = bout.overrides[0]
    both = [write for write in writes if write.agent in bout.pair and write.id]
    first = next((i for i, write in enumerate(both) if write.id == opening.id), 0)
    return both[max(0, first - 1) :]

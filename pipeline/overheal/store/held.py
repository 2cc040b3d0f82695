"""What KPIs are made of, and whether all of it is settled."""

from __future__ import annotations

from typing import NamedTuple

from overheal.store.engine import Engine
from overheal.store.sql import query


class Held(NamedTuple):
    """What a store holds for KPIs now, and what was settled last; moments are microseconds UTC.

    `held` and `settled` are hashes (0: nothing was settled), `newest` the newest moment of it.
    """

    held: int
    newest: int
    settled: int
    settled_at: int
    now: int

    def settled_within(self, age: int) -> bool:
        """Whether all that was known so many microseconds ago, or later, is settled."""
        return self.now - self.settled_at <= age

    def all_settled(self, as_of: int) -> bool:
        """Whether all that was known then is settled, and nothing came since."""
        known = as_of == self.settled_at or self.newest <= min(self.settled_at, as_of)
        return self.held == self.settled and known


def held(engine: Engine) -> Held:
    """Return what the store behind an engine holds for KPIs."""
    found = Held(*engine.rows(query("kpi_held"))[0])
    if engine.connection.alone:
        # A user of a server may lack the right to look at parts.
        ((parts,),) = engine.rows(query("kpi_held_parts"))
        return found._replace(held=int(parts))
    return found

"""Fields that more than one agent wrote, and what is written through coupled fields.

Nobody is undone on a field that one agent alone writes. Conditions are SQL on `action_events`.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from overheal.store.engine import Engine
from overheal.store.past import PlaceName, of_services
from overheal.store.sql import LONG_STATEMENT, filled, listed, quoted, words

MOST = 100_000
"""So many fields can be named in a question."""

WRITTEN = (
    "(phase IN ('started', 'finished') AND witness_of = '' AND new != '' AND outcome != 'failed')"
)
"""What is a change of a field (`state.facts`, `stages.activity`)."""

_FIELD = (
    f"cityHash64(concatWithSeparator({quoted(chr(0))}, environment, target_kind, target_cluster, "
    "target_region, target_namespace, target_name, field))"
)


class Contested(msgspec.Struct, frozen=True):
    """Fields that more than one agent wrote, by hash: `written` events wrote them."""

    fields: frozenset[int]
    written: int
    nameless: bool

    @property
    def here(self) -> str:
        """The condition that a row writes one of them."""
        return f"({WRITTEN} AND {_FIELD} IN ({listed(sorted(self.fields))}))"


class Pushes(msgspec.Struct, frozen=True):
    """What counts as a push through coupled fields.

    It is a write of one of the `fields`, of none of the `types` and not of the `trigger`, by an
    agent that states its mandate or is one of `agents` with a well-known one (no person).
    """

    fields: frozenset[str]
    types: frozenset[str]
    trigger: str
    agents: frozenset[str]

    @property
    def written(self) -> str:
        """The condition that a row writes one of the fields."""
        return f"({WRITTEN} AND field IN {words(self.fields)})"

    @property
    def pushed(self) -> str:
        """The condition that a row is a push."""
        return (
            f"({self.written} AND agent != '' AND type NOT IN {words(self.types)} AND "
            f"trigger != {quoted(self.trigger)} AND (mandate != '' OR "
            f"(agent_kind != 'human' AND agent IN {words(self.agents)})))"
        )


class ContestedReader:
    """Asks what may be fought over; spans are [start, end) in microseconds UTC."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def contested(
        self, names: Collection[PlaceName] | None, tidying: Collection[str], start: int, end: int
    ) -> Contested | None:
        """Return the contested fields of some places (None: of all), None where they are too many.

        Actions of the types that are `tidying` are nobody's wish.
        """
        sql = filled(
            "contested",
            field=_FIELD,
            services="true" if names is None else of_services(names),
            written=WRITTEN,
            wish=f"type NOT IN {words(tidying)}",
        )
        found = self._engine.rows(sql, LONG_STATEMENT, start=start, end=end, most=MOST + 1)
        if len(found) > MOST:
            return None
        return Contested(
            frozenset(row[0] for row in found),
            sum(row[1] for row in found),
            any(row[2] for row in found),
        )

    def elsewhere(self, fields: Contested, start: int, end: int) -> tuple[int, int]:
        """Return of the actions that wrote such fields how often these wrote others.

        And over how many microseconds one of them is told at most.
        """
        sql = filled("contested_elsewhere", written=WRITTEN, matters=fields.here)
        written, lasting = self._engine.rows(sql, LONG_STATEMENT, start=start, end=end)[0]
        return int(written), int(lasting)

    def written_fields(self, start: int, end: int) -> list[str]:
        """Return the names of all fields that were written."""
        sql = filled("written_fields", written=WRITTEN)
        return [name for (name,) in self._engine.rows(sql, start=start, end=end)]

    def pushed(self, pushes: Pushes, start: int, end: int) -> set[tuple[str, str]]:
        """Return the environments and services that two agents may push to and fro."""
        sql = filled("coupled_services", pushed=pushes.pushed)
        rows = self._engine.rows(sql, LONG_STATEMENT, start=start, end=end)
        return {(environment, service) for environment, service in rows}

"""Actions that nobody who looks for roots across services (mass actions, cascades) can miss.

Of each told to them it is known what it could do: link to another, count as a target, or be the
newest of its service. What can do none of these is dull. Conditions are SQL on `action_events`.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from overheal.model import MICROSECOND
from overheal.store.engine import Engine
from overheal.store.sql import LONG_STATEMENT, filled, words

Seconds = NDArray[np.uint32]

_SECOND = "toUnixTimestamp(time)"
_ACTION = "cityHash64(action_id)"
_MERGED = f"cityHash64({_SECOND}, agent, target_name)"
"""What activity that is merged has in common (`stages.activity.key_of`), and some that is not."""
_SHORT = "splitByChar('/', service)[-1]"
_TOLD = "(phase IN ('started', 'finished') AND witness_of = '')"
_TARGET_OF_DAY = (
    "cityHash64(environment, service, declared_scope, target_kind, target_name, target_namespace, "
    "target_cluster, target_region, toDate(time))"
)


class Dull(msgspec.Struct, frozen=True):
    """What makes an action dull, unless something interesting is about it.

    It has one of the `triggers`, recovers nothing, names no cause, is felt by nobody, and its
    target is of none of the `kinds` (lower case), its service none of those `needed` (short
    names), its time in none of the `spans` (microseconds UTC, [start, end)). Interesting is what
    shares an action, or a second with agent and target, with what is not dull; what others name as
    their cause; what lies within `within` microseconds of trouble of the same service; and what
    comes first on its target on a day. Others are looked for up to `around` microseconds before and
    after the span that is asked for.
    """

    triggers: frozenset[str]
    kinds: frozenset[str]
    needed: frozenset[str]
    spans: tuple[tuple[int, int], ...]
    within: int
    around: int
    causes: bool = True

    @property
    def dull(self) -> str:
        """The condition that an action is dull by itself."""
        return (
            f"({_TOLD} AND trigger IN {words(self.triggers)} AND NOT recovery AND NOT user_visible"
            f" AND empty(caused_by) AND agent != '' AND lower(target_kind) NOT IN "
            f"{words(self.kinds)} AND {_SHORT} NOT IN {words(self.needed)} AND NOT "
            f"{self.in_spans})"
        )

    @property
    def in_spans(self) -> str:
        """The condition that a row lies in one of the spans."""
        each = [
            f"(time >= fromUnixTimestamp64Micro({start}, 'UTC') AND "
            f"time < fromUnixTimestamp64Micro({end}, 'UTC'))"
            for start, end in self.spans
        ]
        return f"({' OR '.join(each) or 'false'})"

    @property
    def bright(self) -> str:
        """The condition that an action matters: not dull, a cause, or near trouble."""
        found = [f"NOT {self.dull}"]
        if self.causes:
            named = self._select("cityHash64(arrayJoin(caused_by))", "notEmpty(caused_by)")
            found += [f"{_ACTION} IN ({named})", f"cityHash64(id) IN ({named})"]
        wide = -(-self.within // MICROSECOND)
        bucket = f"intDiv({_SECOND}, {wide})"
        near = f"arrayJoin([{bucket} - 1, {bucket}, {bucket} + 1])"
        trouble = f"{_TOLD} AND (recovery OR trigger = 'failure')"
        beside = self._select(f"cityHash64({_SHORT}, {near})", trouble)
        found.append(f"cityHash64({_SHORT}, toInt64({bucket})) IN ({beside})")
        return f"({_TOLD} AND ({' OR '.join(found)}))"

    @property
    def shared(self) -> str:
        """The condition that an action matters, or shares something with one that does."""
        return f"({_TOLD} AND ({self.bright} OR {self._sharing(self.bright)}))"

    @property
    def apart(self) -> str:
        """The condition that a row shares something with those that do not matter by themselves."""
        between = f"{self.shared} AND NOT {self.bright}"
        return f"({_TOLD} AND NOT {self.shared} AND {self._sharing(between)})"

    @property
    def wanted(self) -> str:
        """The condition that a row has to be told."""
        first = (
            f"({_TARGET_OF_DAY}, {_SECOND}) IN (SELECT {_TARGET_OF_DAY}, min({_SECOND}) "  # noqa: S608 - of words that are quoted
            f"FROM action_events WHERE {_TOLD} AND {_between(0)} GROUP BY {_TARGET_OF_DAY})"
        )
        return f"(user_visible OR {self.shared} OR ({_TOLD} AND {first}))"

    def _sharing(self, others: str) -> str:
        return (
            f"({_ACTION} IN ({self._select(_ACTION, others)}) OR "
            f"{_MERGED} IN ({self._select(_MERGED, others)}))"
        )

    def _select(self, what: str, where: str) -> str:
        return f"SELECT {what} FROM action_events WHERE {where} AND {_between(self.around)}"  # noqa: S608 - of words that are quoted


class Dullness(msgspec.Struct, frozen=True):
    """How many actions are told, how many of them are dull, and how many name causes."""

    told: int
    dull: int
    with_causes: int


class DullReader:
    """Asks what has to be known before dull actions may be left out; spans are [start, end)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def dullness(self, dull: Dull, start: int, end: int) -> Dullness:
        """Return how much is dull."""
        sql = filled("dull_counted", told=_TOLD, dull=dull.dull)
        return Dullness(*self._asked(sql, start, end))

    def longest(self, dull: Dull, start: int, end: int) -> int | None:
        """Return over how many seconds an action that matters is told, or a cause lies behind.

        None where what would be left out shares something with what is told.
        """
        sql = filled("dull_longest", shared=dull.shared, bright=dull.bright)
        longest, between = self._asked(sql, start, end)
        if between and self._asked(filled("dull_apart", apart=dull.apart), start, end)[0]:
            return None
        if dull.causes:
            longest = max(longest, *self._asked(filled("dull_causes", told=_TOLD), start, end))
        return longest

    def busiest(self, seconds: int, start: int, end: int) -> int:
        """Return how many actions are told at most in so many seconds, about."""
        sql = filled("dull_busiest", told=_TOLD)
        return 2 * self._asked(sql, start, end, seconds=max(1, seconds))[0]

    def seconds(self, dull: Dull, start: int, end: int) -> Seconds:
        """Return the seconds (Unix time) in which activity is told outside of spans, in order."""
        sql = filled("dull_seconds", told=_TOLD, spans=dull.in_spans)
        stream = self._engine.raw(sql, LONG_STATEMENT, start=start, end=end)
        blocks = [block.column(0).to_numpy() for block in pa.ipc.open_stream(stream)]
        return np.concatenate([np.zeros(0, np.uint32), *blocks])

    def _asked(self, sql: str, start: int, end: int, **more: int) -> Sequence[int]:
        return self._engine.rows(sql, LONG_STATEMENT, start=start, end=end, **more)[0]


def _between(around: int) -> str:
    return (
        f"time >= fromUnixTimestamp64Micro({{start:Int64}} - {around}, 'UTC') "
        f"AND time < fromUnixTimestamp64Micro({{end:Int64}} + {around}, 'UTC')"
    )

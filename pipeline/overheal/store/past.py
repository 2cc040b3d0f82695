"""Reading history for a replay: places, and of their events no more than somebody asks for.

Blocks are Arrow streams as the engine writes them, so that another process can take them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from datetime import UTC, datetime
from itertools import repeat
from typing import Any

import msgspec
import pyarrow as pa

from overheal.model import MICROSECOND, Event
from overheal.store.columns import to_events
from overheal.store.engine import SORTED, Engine
from overheal.store.sql import LONG_STATEMENT, filled, query, quoted

PlaceName = tuple[str, str, str]
"""Environment, service and scope as events write them."""

_SETTINGS = {**LONG_STATEMENT, "output_format_arrow_low_cardinality_as_dictionary": 1}
_TARGET = ("target_kind", "target_name", "target_namespace", "target_cluster", "target_region")
_WRITTEN = {"scope": "declared_scope"}
_MOMENTS = ("time", "first_at")
_BYTES = ("document", "detail")

FIELDS: tuple[str, ...] = tuple(
    name
    for field in Event.__struct_fields__
    for name in (_TARGET if field == "target" else (field,))
)
"""The fields of an event as columns, in order."""

_ABSENT: dict[str, Any] = {
    "duration": None,
    "prior_uptime": None,
    "recovery": False,
    "recovery_overridden": False,
    "user_visible": False,
    "count": 1,
    "first_at": 0,
    "caused_by": (),
    "labels": {},
    "document": b"",
    "detail": b"",
}
"""What stands for a column that nobody asked for, where it is not an empty text."""


class StoredPlace(msgspec.Struct, frozen=True):
    """What is stored of one place; times are microseconds UTC, rows may be told twice."""

    environment: str
    service: str
    scope: str
    events: int
    recoveries: int
    felt: int
    first_at: int
    last_at: int

    @property
    def name(self) -> PlaceName:
        """The place as events write it."""
        return (self.environment, self.service, self.scope)


class Wanted(msgspec.Struct, frozen=True):
    """Which columns (`FIELDS`) and which rows: conditions in SQL on either table."""

    fields: frozenset[str]
    actions: str = "true"
    observations: str = "true"


class Past:
    """Asks for history; one row for each delivery, so that `events_of` has to tell them apart."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def places(self, start: int, end: int) -> list[StoredPlace]:
        """Return the places of all events with start ≤ time < end, by service."""
        return [
            StoredPlace(*row) for row in self._engine.rows(query("places"), start=start, end=end)
        ]

    def retold(
        self, names: Collection[PlaceName] | None, wanted: Wanted, start: int, end: int
    ) -> bytes:
        """Return events of places (None: of all), with start ≤ time < end, in order."""
        sql = _retold(names, wanted)
        return self._engine.raw(sql, _SETTINGS, start=start, end=end)

    def all_retold(
        self, wanted: Wanted, start: int, end: int
    ) -> Generator[list[Event], None, None]:
        """Return events of all places in order, in batches; close it where it is not read out."""
        sql, settings = _retold(None, wanted), {**_SETTINGS, **SORTED, "max_block_size": 8192}
        for opens, closes in self._months():
            first, last = max(start, opens), min(end, closes)
            if first < last:
                blocks = self._engine.arrow_stream(
                    sql, settings, use_strings=True, start=first, end=last
                )
                for block in blocks:
                    yield events_of(block, wanted.fields)

    def _months(self) -> Iterator[tuple[int, int]]:
        """Return the months that hold events, each from its start to the next one's (µs UTC)."""
        for (month,) in self._engine.rows(query("months")):
            year, number = divmod(month, 100)
            after = divmod(year * 12 + number, 12)
            yield _moment(year, number), _moment(after[0], after[1] + 1)

    def lasting(
        self,
        names: Collection[PlaceName],
        span: int,
        start: int,
        end: int,
        *,
        matters: str = "recovery",
        since: str = "true",
    ) -> int:
        """Return how many actions of places are told over at least `span` µs.

        Only those count of which `matters` holds somewhere, from where `since` first holds.
        """
        sql = filled("lasting", services=_services(names), matters=matters, since=since)
        rows = self._engine.rows(sql, LONG_STATEMENT, span=span, start=start, end=end)
        return int(rows[0][0])


def _moment(year: int, month: int) -> int:
    return int(datetime(year, month, 1, tzinfo=UTC).timestamp()) * MICROSECOND


def of_actions(services: str, matters: str, around: int) -> str:
    """Return the condition that a row is about an action of which `matters` holds somewhere.

    It is looked for where `services` holds, up to `around` microseconds before and after the span
    that is asked for.
    """
    return (
        f"action_id IN (SELECT action_id FROM action_events WHERE {matters} AND {services} "  # noqa: S608 - quoted
        f"AND time >= fromUnixTimestamp64Micro({{start:Int64}} - {around}, 'UTC') "
        f"AND time < fromUnixTimestamp64Micro({{end:Int64}} + {around}, 'UTC'))"
    )


def of_services(names: Iterable[PlaceName]) -> str:
    """Return the condition that a row is about a service of these places."""
    return f"({_services(list(names))})"


def blocks_of(stream: bytes) -> Iterator[pa.RecordBatch]:
    """Return the blocks of what `retold` returned."""
    yield from pa.ipc.open_stream(stream)


def events_of(block: pa.RecordBatch, fields: frozenset[str]) -> list[Event]:
    """Return the events of a block, each with what nobody asked for left empty."""
    if not block.num_rows:
        return []
    return to_events([_column(block, name, fields) for name in FIELDS])


def _column(block: pa.RecordBatch, name: str, fields: frozenset[str]) -> Iterable[Any]:
    if name not in fields:
        return repeat(_ABSENT.get(name, ""), block.num_rows)
    column = block.column(name)
    if pa.types.is_dictionary(column.type):
        words = column.dictionary.to_pylist()
        return list(map(words.__getitem__, column.indices.to_numpy(zero_copy_only=False).tolist()))
    if pa.types.is_integer(column.type) and not column.null_count:
        whole: list[int] = column.to_numpy(zero_copy_only=False).tolist()
        return whole
    if name in _BYTES:
        return column.cast(pa.binary()).to_pylist()  # type: ignore[no-any-return]
    found: list[Any] = column.to_pylist()
    return list(map(dict, found)) if name == "labels" else found


def _retold(names: Collection[PlaceName] | None, wanted: Wanted) -> str:
    return filled(
        "retold",
        columns=", ".join(_selected(name) for name in FIELDS if name in wanted.fields),
        services="true" if names is None else _services(names),
        places="true" if names is None else _places(names),
        actions=wanted.actions,
        observations=wanted.observations,
    )


def _selected(name: str) -> str:
    if name in _MOMENTS:
        return f"toUnixTimestamp64Micro({name}) AS `{name}`"
    return f"{_WRITTEN[name]} AS `{name}`" if name in _WRITTEN else f"`{name}`"


def _services(names: Collection[PlaceName]) -> str:
    written = _joined(sorted({service for _, service, _ in names}), quoted)
    return f"service IN ({written})" if names else "false"


def _places(names: Collection[PlaceName]) -> str:
    def written(name: PlaceName) -> str:
        return f"({', '.join(map(quoted, name))})"

    return f"(environment, service, declared_scope) IN ({_joined(sorted(names), written)})"


def _joined(items: Iterable[Any], written: Callable[[Any], str]) -> str:
    return ", ".join(map(written, items))

"""Events, findings and dead letters as columns, and back.

Strings that repeat travel as dictionaries: the engine then stores them without looking at each.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from json.encoder import encode_basestring
from typing import Any

import msgspec
import pyarrow as pa

from overheal.model import Detail, Event, Target, Value
from overheal.store.rows import StoredEvent

_MOMENT = pa.timestamp("us", tz="UTC")
_NO_TARGET = Target()
_TARGET = ("target_kind", "target_name", "target_namespace", "target_cluster", "target_region")

EVENT_COLUMNS = len(Event.__struct_fields__) - 1 + len(_TARGET)
"""How many columns an event takes."""


def text(values: Sequence[str]) -> pa.Array:
    """Return strings; halves of surrogate pairs, which no file can hold, become `?`."""
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        clean = [value.encode("utf-8", "replace").decode() for value in values]
        return pa.array(clean, pa.string())


def word(values: list[str]) -> pa.Array:
    """Return strings of which most repeat."""
    if _constant(values):
        return pa.DictionaryArray.from_arrays(_zeros(len(values)), text(values[:1]))
    return text(values).dictionary_encode()


def moment(values: Sequence[int | None]) -> pa.Array:
    """Return microseconds UTC as times."""
    return pa.array(values, pa.int64()).cast(_MOMENT)


def flag(values: Sequence[bool]) -> pa.Array:
    """Return truth values."""
    return pa.array(values, pa.bool_())


def whole(values: Sequence[int]) -> pa.Array:
    """Return counts."""
    return pa.array(values, pa.uint64())


def small(values: list[int]) -> pa.Array:
    """Return numbers of partitions."""
    if _constant(values):
        return pa.repeat(pa.scalar(values[0], pa.uint32()), len(values))
    return pa.array(values, pa.uint32())


def number(values: Sequence[float | None]) -> pa.Array:
    """Return numbers, of which some are absent."""
    return pa.array(values, pa.float64())


def blob(values: Sequence[bytes]) -> pa.Array:
    """Return bytes."""
    return pa.array(values, pa.binary())


def texts(values: Sequence[Sequence[str]]) -> pa.Array:
    """Return lists of strings."""
    flat = [item for value in values for item in value]
    return pa.ListArray.from_arrays(_offsets(values), text(flat))


def mapping(values: Sequence[dict[str, str]]) -> pa.Array:
    """Return maps from string to string."""
    keys = [key for value in values for key in value]
    items = [item for value in values for item in value.values()]
    return pa.MapArray.from_arrays(_offsets(values), text(keys), text(items))


def value(values: Sequence[Value]) -> pa.Array:
    """Return scalars as their JSON text, `""` for none."""
    return text(["" if item is None else _WRITTEN[type(item)](item) for item in values])


def _constant(values: list[Any]) -> bool:
    """Whether all are the same; looks at three first, since most columns differ there."""
    if not values:
        return False
    first = values[0]
    return bool(
        first == values[-1] == values[len(values) // 2] and values.count(first) == len(values)
    )


def _zeros(length: int) -> pa.Array:
    return pa.repeat(pa.scalar(0, pa.int32()), length)


def _offsets(values: Sequence[Any]) -> pa.Array:
    return pa.array(accumulate(map(len, values), initial=0), pa.int32())


_WRITTEN: dict[type, Callable[[Any], str]] = {
    str: encode_basestring,
    bool: {True: "true", False: "false"}.__getitem__,
    int: int.__repr__,
    float: json.dumps,
}


@lru_cache(maxsize=4096)
def _scalar(written: str) -> Value:
    found: Value = json.loads(written) if written else None
    return found


def detail(values: Sequence[Detail | None]) -> pa.Array:
    """Return details as JSON, `""` for none."""
    return pa.array([b"" if item is None else _encode_detail(item) for item in values], pa.binary())


def _detail(written: bytes) -> Detail | None:
    return _decode_detail(written) if written else None


_encode_detail = msgspec.json.Encoder().encode
_decode_detail = msgspec.json.Decoder(Detail).decode

_OF_EVENT: dict[str, Callable[[Any], pa.Array]] = {
    "id": text,
    "source": word,
    "time": moment,
    "action_id": text,
    "phase": word,
    "service": word,
    "environment": word,
    "scope": word,
    "agent": word,
    "agent_kind": word,
    "mandate": word,
    "type": word,
    "name": word,
    "field": word,
    "old": value,
    "new": value,
    "trigger": word,
    "condition": text,
    "outcome": word,
    "duration": number,
    "recovery": flag,
    "recovery_overridden": flag,
    "count": whole,
    "first_at": moment,
    "witness_of": text,
    "caused_by": texts,
    "correlation_id": text,
    "user_visible": flag,
    "prior_uptime": number,
    "labels": mapping,
    "document": blob,
    "detail": detail,
}


_OF_STORED: dict[str, tuple[str, Callable[[Any], pa.Array]]] = {
    "scope": ("scope", word),
    "counted": ("counted", whole),
    "human_counted": ("human_counted", whole),
    "late": ("late", flag),
    "drill": ("drill", word),
    "received_at": ("received_at", moment),
    "counted_at": ("counted_at", moment),
    "topic": ("_topic", word),
    "partition": ("_partition", small),
    "offset": ("_offset", whole),
    "epoch": ("_epoch", word),
    "item": ("_item", small),
    "trace": ("trace", word),
}


def of_events(rows: Sequence[StoredEvent]) -> pa.Table:
    """Return the columns of `action_events`, which are those of `observations`; rows not empty."""
    stored = dict(zip(StoredEvent.__struct_fields__, _transposed(rows), strict=True))
    events = stored.pop("event")
    fields = dict(zip(Event.__struct_fields__, _transposed(events), strict=True))
    targets = _transposed([item or _NO_TARGET for item in fields.pop("target")])
    columns = {name: _OF_EVENT[name](values) for name, values in fields.items()}
    columns["declared_scope"] = columns.pop("scope")
    for name, values in zip(_TARGET, targets, strict=True):
        columns[name] = (text if name == "target_name" else word)(values)
    stored["counted_at"] = list(map(_counted_at, events, stored["counted_at"]))
    for name, values in stored.items():
        column, convert = _OF_STORED[name]
        columns[column] = convert(values)
    return pa.table(columns)


def _transposed(items: Sequence[Any]) -> list[list[Any]]:
    """Return the fields of equal structs, each as a column.

    A few hundred at a time: the tuples between then die young, which halves the cost at tens of
    thousands, where the collector would walk them all.
    """
    columns: list[list[Any]] = [[] for _ in items[0].__struct_fields__]
    for start in range(0, len(items), 500):
        part = map(msgspec.structs.astuple, items[start : start + 500])
        for column, values in zip(columns, zip(*part, strict=True), strict=True):
            column.extend(values)
    return columns


def _counted_at(event: Event, counted_at: int | None) -> int:
    """Return when an event counts; an action that began before 1970 counts then."""
    return event.time if counted_at is None else max(0, counted_at)


def to_events(columns: Sequence[Iterable[Any]]) -> list[Event]:
    """Return the events of a block of columns in the order of queries/history.sql."""
    target_at = Event.__struct_fields__.index("target")
    fields: list[Iterable[Any]] = list(columns)
    fields[target_at : target_at + len(_TARGET)] = [
        map(_target, *columns[target_at : target_at + len(_TARGET)])
    ]
    for name, convert in (
        ("old", _scalar),
        ("new", _scalar),
        ("caused_by", tuple),
        ("detail", _detail),
    ):
        at = Event.__struct_fields__.index(name)
        fields[at] = map(convert, fields[at])
    return list(map(Event, *fields))


def _target(*parts: str) -> Target | None:
    return Target(*parts) if any(parts) else None

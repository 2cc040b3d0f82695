"""Columns as JSON Lines and back, exactly.

Bytes that are no UTF-8 are `{"base64": …}`; times are RFC 3339 with microseconds, in UTC.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
import pyarrow as pa

_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def to_lines(batch: pa.RecordBatch) -> bytes:
    """Return rows, one JSON object a line."""
    columns = [
        list(map(_writer(column.type), column.to_pylist())) for column in batch.itercolumns()
    ]
    names = batch.schema.names
    rows = [_encode(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]
    return b"\n".join([*rows, b""])


def from_lines(lines: Sequence[bytes], schema: pa.Schema) -> pa.Table:
    """Return the columns of rows; raises `ValueError` for what is none."""
    rows = [_decode(line) for line in lines]
    arrays = []
    for field in schema:
        read = _reader(field.type)
        values = [read(row[field.name]) for row in rows]
        arrays.append(pa.array(values, field.type))
    return pa.table(arrays, schema=schema)


def _writer(kind: pa.DataType) -> Callable[[Any], Any]:
    if pa.types.is_date(kind):
        return lambda value: None if value is None else value.isoformat()
    if pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return _text
    if pa.types.is_timestamp(kind):
        return _moment
    if pa.types.is_list(kind):
        inner = _writer(kind.value_type)
        return lambda value: None if value is None else list(map(inner, value))
    if pa.types.is_map(kind):
        key, item = _writer(kind.key_type), _writer(kind.item_type)
        return lambda value: None if value is None else [[key(a), item(b)] for a, b in value]
    return lambda value: value


def _reader(kind: pa.DataType) -> Callable[[Any], Any]:
    if pa.types.is_date(kind):
        return lambda value: None if value is None else date.fromisoformat(value)
    if pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return _bytes
    if pa.types.is_timestamp(kind):
        return lambda value: None if value is None else datetime.fromisoformat(value)
    if pa.types.is_list(kind):
        inner = _reader(kind.value_type)
        return lambda value: None if value is None else list(map(inner, value))
    if pa.types.is_map(kind):
        key, item = _reader(kind.key_type), _reader(kind.item_type)
        return lambda value: None if value is None else [(key(a), item(b)) for a, b in value]
    return lambda value: value


def _text(value: bytes | None) -> Any:
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}


def _bytes(value: Any) -> bytes | None:
    if value is None:
        return None
    if isinstance(value, dict):
        return base64.b64decode(value["base64"])
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")  # noqa: TRY004 - as the decoder says it
    return value.encode()


def _moment(value: datetime | None) -> str | None:
    if value is None:
        return None
    return value.isoformat(timespec="microseconds").replace("+00:00", "Z")

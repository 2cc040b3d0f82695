"""Questions in SQL from people: asked within limits, ended by Ctrl-C, written in any format."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import sys
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, NoReturn, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from overheal.store import Found, Sandbox

_Answer = TypeVar("_Answer")
STOPS = 10
"""How often, a second apart, the engine is told to end a question before it is left behind."""


def interruptible(sandbox: Sandbox, ask: Callable[[], _Answer]) -> _Answer:
    """Return what `ask` returns, from a thread; Ctrl-C ends the question in the engine as well.

    Raises what `ask` raises, and `KeyboardInterrupt` once the question has ended. Where the engine
    does not end it, the process ends: closing anything would wait for it.
    """
    answers: list[_Answer] = []
    errors: list[BaseException] = []
    # Not the thread itself: a join that is interrupted takes it for ended (Python 3.11 and 3.12).
    ended = threading.Event()

    def asked() -> None:
        try:
            answers.append(ask())
        except BaseException as error:  # noqa: BLE001 - raised again where it was asked
            errors.append(error)
        ended.set()

    threading.Thread(target=asked, daemon=True).start()
    try:
        while not ended.wait(0.1):
            pass
    except KeyboardInterrupt:
        for _ in range(STOPS):  # it may not have reached the engine yet
            sandbox.stop()
            if ended.wait(1):
                raise
        _leave()
    if errors:
        raise errors[0]
    return answers[0]


def _leave() -> NoReturn:
    sys.stderr.write("\noverheal: interrupted; the engine still works on the question\n")
    sys.stderr.flush()
    os._exit(130)


def as_csv(found: Found) -> bytes:
    """Return rows as CSV (RFC 4180) with a line of names; NULL is empty, times RFC 3339 UTC."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(found.names)
    for row in found.rows:
        writer.writerow(["" if value is None else _cell(value) for value in row])
    return text.getvalue().encode("utf-8", "replace")


def as_json(found: Found) -> bytes:
    """Return a document: `columns` (name, type), `rows` (objects), `more` (whether cut off)."""
    names = _distinct(found.names)
    columns = [{"name": name, "type": kind} for name, kind in zip(names, found.types, strict=True)]
    rows = [
        {name: _plain(value) for name, value in zip(names, row, strict=True)} for row in found.rows
    ]
    document = {"columns": columns, "rows": rows, "more": found.more}
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def as_parquet(columns: pa.Table) -> bytes:
    """Return columns as a Parquet file."""
    sink = io.BytesIO()
    pq.write_table(columns, sink, compression="zstd")
    return sink.getvalue()


def _distinct(names: list[str]) -> list[str]:
    """Return names of which the second `a` is `a_2`."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return found


def _plain(value: Any) -> Any:
    """Return a value as JSON has it; what JSON lacks (NaN, infinity) is null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return _text(value)


def _cell(value: Any) -> str:
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(_plain(value), ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat().removesuffix("+00:00") + "Z"
    if isinstance(value, (date, timedelta)):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def cells(found: Found) -> list[list[str]]:
    """Return rows as text for people; NULL is `NULL`."""
    return [["NULL" if value is None else _cell(value) for value in row] for row in found.rows]

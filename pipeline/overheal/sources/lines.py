"""Lines, split in bounded memory, and the fast path for JSON Lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from overheal.adapters.base import Record
from overheal.sources.files import Input
from overheal.sources.json_stream import documents, may_hold_items
from overheal.sources.limits import HEAD_KEPT, MAX_DOCUMENT, Batch, too_long


class Overlong(bytes):
    """The first bytes of a line that is longer than the limit."""

    __slots__ = ()


class Unended(bytes):
    """The last line, where no line break follows it."""

    __slots__ = ()


class Lines(NamedTuple):
    """Consecutive lines without their breaks, and the bytes in which all but the first stood."""

    first: int
    lines: list[bytes]
    text: bytes = b""


def split_lines(chunks: Iterator[bytes], limit: int = MAX_DOCUMENT) -> Iterator[Lines]:
    """Yield runs of lines; `Overlong` and `Unended` lines come alone in their run.

    Holds at most `limit` bytes and a chunk.
    """
    number = 1
    begun: list[bytes] = []
    held = 0
    for chunk in chunks:
        lines = chunk.split(b"\n")
        head, last = lines[0], lines.pop()
        if held <= limit:
            begun.append(head)
        held += len(head)
        if not lines:
            if held > limit:
                begun = [b"".join(begun)[:HEAD_KEPT]]
            continue
        lines[0] = first = b"".join(begun)
        if held > limit:
            yield Lines(number, [Overlong(first[:HEAD_KEPT])])
            number += 1
            del lines[0]
        if b"\r" in chunk or first.endswith(b"\r"):
            lines = [line.rstrip(b"\r") for line in lines]
        if lines:
            yield Lines(number, lines, chunk)
            number += len(lines)
        begun, held = [last], len(last)
    if held > limit:
        yield Lines(number, [Overlong(b"".join(begun)[:HEAD_KEPT])])
    elif held:
        yield Lines(number, [Unended(b"".join(begun).rstrip(b"\r"))])


def json_lines(source: Input, chunks: Iterator[bytes]) -> Iterator[Batch]:
    """Yield one record a line without parsing it; blank lines are skipped.

    Only a line that may be a whole List is looked into, and then its items are the records.
    """
    origin, at = source.origin, source.received_at
    for first, lines, text in split_lines(chunks):
        batch: Batch
        if isinstance(lines[0], Overlong):
            batch = [too_long(origin, first, lines[0])]
        elif isinstance(lines[0], Unended):
            batch = _last_line(source, first, bytes(lines[0]))
        elif may_hold_items(text) or may_hold_items(lines[0]):
            batch = []
            for number, line in enumerate(lines, first):
                batch += _expanded(source, number, line)
        else:
            batch = [
                Record(origin, number, line, "json", at)
                for number, line in enumerate(lines, first)
                if line and not line.isspace()
            ]
        if batch:
            yield batch


def is_json(text: bytes) -> bool:
    """Return whether `text` is one complete JSON value."""
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    return True


def _expanded(source: Input, number: int, line: bytes) -> Batch:
    """Return the line as a record, or if it is a List its items."""
    if not line or line.isspace():
        return []
    if not may_hold_items(line) or not is_json(line):
        return [Record(source.origin, number, line, "json", source.received_at)]
    return [item for batch in documents(source, iter([line]), first_line=number) for item in batch]


def _last_line(source: Input, number: int, line: bytes) -> Batch:
    """Return what the last line holds, unless it is broken and the input's damage explains it."""
    if source.damage is None or is_json(line) or line.isspace():
        return _expanded(source, number, line)
    source.unfinished(number, line)
    return []

"""JSON documents one after another, arrays of them and Lists, as a stream and unparsed.

Every document comes out with exactly the bytes it had, so that its decoder sees what a parser
would have smoothed over: keys that stand twice, numbers beyond every range. What is wrong inside
a document is that document's affair; what breaks the structure costs as little as can be told
apart.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from overheal.adapters.base import Record
from overheal.model import DeadLetter
from overheal.sources.files import Input
from overheal.sources.json_scan import Broken, Scanner, Unfinished
from overheal.sources.limits import (
    BATCH_BYTES,
    BATCH_RECORDS,
    MAX_DOCUMENT,
    PAYLOAD_KEPT,
    Batch,
    too_long,
)

_ITEMS = (b'"items"', b'"Items"')


def may_hold_items(text: bytes) -> bool:
    """Return whether there may be a List in `text`."""
    return b'"items"' in text or b'"Items"' in text


def documents(source: Input, chunks: Iterator[bytes], *, first_line: int = 1) -> Iterator[Batch]:
    """Yield each document of `chunks`, the elements of arrays and the items of Lists.

    A List is an object with an array (or null) under `items` or `Items`, wherever that stands.
    Memory is bounded by `MAX_DOCUMENT` and as much again; what is longer is a dead letter.
    """
    return _Documents(source, chunks, first_line).batches()


class _Documents:
    def __init__(self, source: Input, chunks: Iterator[bytes], first_line: int) -> None:
        self.source = source
        self.scanner = Scanner(chunks, first_line)
        self.line = first_line
        self.is_list = False
        self.out: Batch = []
        self.bytes = 0

    def batches(self) -> Iterator[Batch]:
        scanner = self.scanner
        try:
            while first := scanner.peek():
                self._begin()
                try:
                    if first == b"{":
                        yield from self._object()
                    elif first == b"[":
                        scanner.pos += 1
                        yield from self._elements("")
                    else:
                        scanner.line()  # the decoder says what is wrong with it
                        self._emit("")
                except Broken as problem:
                    self._refuse(problem)
                    scanner.skip_to(b"")
                if self._is_full():
                    yield self._flush()
        except Unfinished:
            self._cut_off()
        if self.out:
            yield self._flush()

    def _object(self) -> Iterator[Batch]:
        """Read an object; where it is a List its items are the records, else it is one."""
        scanner = self.scanner
        end = scanner.closed()
        if end is not None and not may_hold_items(scanner.data[scanner.pos : end]):
            scanner.pos = end
            self._emit("")
            return
        self.is_list = False
        try:
            yield from self._members()
        except Broken:
            if self.is_list or scanner.anchor is None:
                raise
            scanner.pos = scanner.anchor  # no object, but its brackets may still tell where it ends
            scanner.value(b"{")
        if not self.is_list:
            self._emit("")

    def _members(self) -> Iterator[Batch]:
        """Read the members of an object up to its closing brace, looking for the items."""
        scanner = self.scanner
        kind = ""
        scanner.pos += 1
        while (key := scanner.key()) is not None:
            first = scanner.data[scanner.pos : scanner.pos + 1]
            if key in _ITEMS and first == b"[":
                self.is_list, scanner.oversized = True, None
                scanner.pos += 1
                yield from self._elements(kind)
                continue
            begun = scanner.pos - (scanner.anchor or 0)
            scanner.value(first)
            if scanner.anchor is None:
                continue  # behind the items, or too long to keep
            value = scanner.data[scanner.anchor + begun : scanner.pos]
            if key == b'"kind"' and first == b'"':
                kind = _text(value)
            elif key in _ITEMS and value == b"null":
                self.is_list, scanner.anchor = True, None
                self.source.lists += 1

    def _elements(self, within: str) -> Iterator[Batch]:
        """Read the elements of an array up to its closing bracket; each is a record."""
        scanner = self.scanner
        scanner.anchor = None
        self.source.lists += 1
        while (first := scanner.peek()) != b"]":
            if not first:
                raise Unfinished
            self._begin()
            try:
                scanner.value(first)
                self._emit(within)
            except Broken as problem:
                indent = scanner.indent()
                if indent is None:
                    raise
                self._refuse(problem)
                scanner.skip_to(indent)
            if self._is_full():
                yield self._flush()
        scanner.pos += 1

    def _begin(self) -> None:
        scanner = self.scanner
        scanner.anchor = scanner.pos
        self.line = scanner.line_at(scanner.pos)

    def _emit(self, within: str) -> None:
        """Take what was captured as a record."""
        scanner, source = self.scanner, self.source
        if scanner.anchor is not None:
            raw = scanner.data[scanner.anchor : scanner.pos]
            if len(raw) <= MAX_DOCUMENT:
                self.out.append(
                    Record(source.origin, self.line, raw, "json", source.received_at, within)
                )
                self.bytes += len(raw)
            else:
                scanner.oversized = raw
        self._refuse_oversized()
        scanner.anchor = None

    def _refuse_oversized(self) -> bool:
        head = self.scanner.oversized
        if head is None:
            return False
        self.out.append(too_long(self.source.origin, self.line, head))
        self.scanner.oversized = None
        return True

    def _refuse(self, problem: Broken) -> None:
        """Take what was captured, and the line on which it breaks, as a dead letter."""
        if self._refuse_oversized():
            return
        scanner = self.scanner
        end = scanner.line_end(PAYLOAD_KEPT)
        at = scanner.pos
        column = at - scanner.data.rfind(b"\n", 0, at)
        line = scanner.line_at(at)
        reason = (
            f"is not JSON: {problem} (line {line}, column {column}); correct or remove the document"
        )
        start = at if scanner.anchor is None else scanner.anchor
        payload = scanner.data[start : at if column == 1 else end]
        origin = self.source.origin
        self.out.append(DeadLetter(origin, self.line, "not_json", reason, payload[:PAYLOAD_KEPT]))

    def _cut_off(self) -> None:
        """Take what the end of the input left open as a dead letter."""
        if self._refuse_oversized():
            return
        scanner = self.scanner
        start = scanner.pos if scanner.anchor is None else scanner.anchor
        self.out += self.source.unfinished(self.line, scanner.data[start:])

    def _is_full(self) -> bool:
        return len(self.out) >= BATCH_RECORDS or self.bytes >= BATCH_BYTES

    def _flush(self) -> Batch:
        full, self.out, self.bytes = self.out, [], 0
        return full


def _text(raw: bytes) -> str:
    try:
        return msgspec.json.decode(raw, type=str)
    except (msgspec.DecodeError, UnicodeError):
        return ""

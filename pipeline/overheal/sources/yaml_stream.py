"""YAML documents and Lists, cut into documents and items by their lines and converted one by one.

A List of any length is read in bounded memory, and a broken item costs only itself. The price:
an alias reaches only its own item, and the lines of an item must be indented deeper than its dash,
as every tool writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from overheal.adapters.base import Record
from overheal.model import DeadLetter
from overheal.sources.files import Input
from overheal.sources.json_stream import documents
from overheal.sources.limits import MAX_YAML, PAYLOAD_KEPT, Batch, too_long
from overheal.sources.lines import Overlong, Unended, split_lines
from overheal.sources.yaml_json import NotYaml, to_json

_MARKER = re.compile(rb"(?:---|\.\.\.)(?:\s|\Z)")
_ITEMS = re.compile(rb"""(["']?)[iI]tems\1\s*:\s*(?:\#.*)?\Z""")
_KIND = re.compile(rb"""["']?kind["']?\s*:\s*["']?(\w+)["']?\s*(?:\#.*)?\Z""")
_DASH = re.compile(rb"( *)-(?:\s|\Z)")


def yaml_documents(source: Input, chunks: Iterator[bytes]) -> Iterator[Batch]:
    """Yield one record a document, or an item of a List or of a list at the top, as JSON."""
    pieces = _Pieces(source)
    for first, lines, _ in split_lines(chunks, MAX_YAML):
        if isinstance(lines[0], Overlong):
            pieces.out.append(too_long(source.origin, first, lines[0], MAX_YAML))
            pieces.drop()
        else:
            for number, line in enumerate(lines, first):
                pieces.take(number, line)
            if isinstance(lines[0], Unended) and source.damage is not None:
                pieces.cut_off()
        if pieces.out:
            yield pieces.flush()
    pieces.end()
    if pieces.out:
        yield pieces.flush()


class _Pieces:
    """Collects lines until a document or an item is complete."""

    def __init__(self, source: Input) -> None:
        self.out: Batch = []
        self._source = source
        self._lines: list[bytes] = []
        self._size = 0
        self._first = 0
        self._dropping = False
        self._kind = ""
        self._indent: int | None = None  # of the dashes, while inside a list
        self._awaiting_items = False
        self._behind_items = False

    def take(self, number: int, line: bytes) -> None:
        """Take the next line of the input."""
        if _MARKER.match(line):
            self.end()
            self._kind, self._indent = "", None
            self._awaiting_items = self._behind_items = False
            self._keep(number, line[3:].lstrip())
        elif not line or line.isspace() or line.lstrip().startswith(b"#"):
            if self._lines:
                self._keep(number, line)
        elif self._indent is not None:
            self._within_list(number, line)
        elif self._awaiting_items or not self._lines:
            self._first_of_something(number, line)
        elif _ITEMS.match(line):
            self._lines, self._size = [], 0
            self._awaiting_items = True
        elif not self._behind_items:
            self._keep(number, line)

    def end(self) -> None:
        """Convert what was collected."""
        lines, self._lines, self._size = self._lines, [], 0
        self._dropping = False
        if lines:
            self._convert(b"\n".join(lines))

    def cut_off(self) -> None:
        """Leave what was collected to the damage that cut it off."""
        self._source.unfinished(self._first, b"\n".join(self._lines))
        self._lines = []

    def drop(self) -> None:
        """Forget the document or item around a line that was too long."""
        self._lines, self._size, self._dropping = [b"#"], 0, True

    def flush(self) -> Batch:
        """Return what is ready."""
        full, self.out = self.out, []
        return full

    def _first_of_something(self, number: int, line: bytes) -> None:
        if dash := _DASH.match(line):
            self._indent = len(dash[1])
            self._source.lists += 1
            self._awaiting_items = False
            self._within_list(number, line)
        elif _ITEMS.match(line):
            self._awaiting_items = True
        elif self._awaiting_items:
            self._awaiting_items, self._behind_items = False, True
        elif not line.startswith(b"%") and not self._behind_items:
            self._keep(number, line)

    def _within_list(self, number: int, line: bytes) -> None:
        dash = _DASH.match(line)
        if dash and len(dash[1]) == self._indent:
            self.end()
        elif len(line) - len(line.lstrip(b" ")) <= (self._indent or 0):
            self.end()
            self._indent, self._behind_items = None, True
            return
        self._keep(number, line)

    def _keep(self, number: int, line: bytes) -> None:
        if self._dropping:
            return
        if not self._lines:
            if not line:
                return
            self._first = number
        if self._indent is None and (kind := _KIND.match(line)):
            self._kind = kind[1].decode()
        self._lines.append(line)
        self._size += len(line) + 1
        if self._size > MAX_YAML:
            head = b"\n".join(self._lines[:100])
            self.out.append(too_long(self._source.origin, self._first, head, MAX_YAML))
            self.drop()

    def _convert(self, text: bytes) -> None:
        source = self._source
        if text == b"#":
            return
        try:
            raw = to_json(text)
        except NotYaml as problem:
            line, payload = self._first + min(problem.line, text.count(b"\n")), text[:PAYLOAD_KEPT]
            self.out.append(DeadLetter(source.origin, line, problem.code, problem.reason, payload))
            return
        if self._indent is not None:
            raw = raw[1:-1]
            self.out.append(
                Record(source.origin, self._first, raw, "json", source.received_at, self._kind)
            )
        elif raw and raw != b"null":
            for batch in documents(source, iter([raw])):
                self.out += [_moved(item, self._first) for item in batch]


def _moved(item: Record | DeadLetter, line: int) -> Record | DeadLetter:
    return msgspec.structs.replace(item, line=line)

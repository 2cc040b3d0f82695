"""The text tables that kubectl prints: columns stand under their heading."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from overheal.adapters.base import Record
from overheal.model import DeadLetter
from overheal.sources.files import Input
from overheal.sources.limits import PAYLOAD_KEPT, Batch, too_long
from overheal.sources.lines import Overlong, Unended, split_lines

_TITLE = r"[A-Z][A-Z0-9()/_-]*(?: [A-Z0-9()/_-]+)*"
_HEADING = re.compile(rf"\s*{_TITLE}(?: {{2,}}{_TITLE}){{2,}}\s*\Z")
_WIDE_GAP = re.compile(r" {2,}")
_encode = msgspec.json.Encoder().encode


class Heading:
    """The first line of a table: where each column begins, counted in characters."""

    def __init__(self, line: str) -> None:
        found = list(re.finditer(_TITLE, line))
        self.titles = [title[0] for title in found]
        self._starts = [title.start() for title in found]
        self._ends = [*self._starts[1:], None]

    def cells(self, line: str) -> dict[str, str] | None:
        """Return title to text, or None where the line does not fit.

        Cells are cut where the titles begin. A cell wider than its column moves the rest of its
        line to the right; then wide gaps tell the cells apart, if they leave as many as titles.
        """
        if all(line[start - 1 : start] in ("", " ") for start in self._starts[1:]):
            texts = [
                line[start:end].strip() for start, end in zip(self._starts, self._ends, strict=True)
            ]
        else:
            texts = _WIDE_GAP.split(line.strip(), maxsplit=len(self.titles) - 1)
        if len(texts) != len(self.titles) or not texts[0]:
            return None
        return dict(zip(self.titles, texts, strict=True))


def is_heading(line: bytes) -> bool:
    """Return whether a line is three or more titles in capitals, two or more spaces apart."""
    return len(line) < 1000 and bool(_HEADING.match(line.decode("latin-1")))


def table(source: Input, chunks: Iterator[bytes]) -> Iterator[Batch]:
    """Yield one record a row, a JSON object of title to text.

    A heading may stand again further down, as when several tables were written to one file; what
    stands before the first is refused.
    """
    heading: Heading | None = None
    for first, lines, _ in split_lines(chunks):
        if isinstance(lines[0], Overlong):
            yield [too_long(source.origin, first, lines[0])]
            continue
        if isinstance(lines[0], Unended) and source.damage is not None:
            source.unfinished(first, bytes(lines[0]))
            continue
        batch: Batch = []
        for number, line in enumerate(lines, first):
            if not line or line.isspace():
                continue
            if is_heading(line):
                heading = Heading(line.decode())
                continue
            batch.append(_row(source, number, bytes(line), heading))
        if batch:
            yield batch


def _row(source: Input, number: int, line: bytes, heading: Heading | None) -> Record | DeadLetter:
    try:
        cells = heading.cells(line.decode()) if heading is not None else None
    except UnicodeDecodeError:
        reason = "is not valid UTF-8; write the file as UTF-8"
        return DeadLetter(source.origin, number, "invalid_utf8", reason, line[:PAYLOAD_KEPT])
    if cells is None:
        reason = "does not fit the table's heading; print it again with `-o json`"
        return DeadLetter(source.origin, number, "table_row", reason, line[:PAYLOAD_KEPT])
    return Record(source.origin, number, _encode(cells), "table", source.received_at)

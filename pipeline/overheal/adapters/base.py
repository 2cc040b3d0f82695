"""What every adapter is and does.

An adapter turns one record of a foreign format into canonical documents (`contract.schema`), as
JSON bytes. It never touches the wall clock, a file or a socket: what it needs to know of the
outside comes with the record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec


class Record(msgspec.Struct, frozen=True, gc=False):
    """One piece of input as a source framed it.

    `raw` is one JSON value as bytes. `shape` is `json` for values that stood in the input as JSON
    or YAML and `table` for the rows of a text table, which a source hands on as a JSON object of
    column name to text. `line` counts from 1 in the file `origin` and is 0 where lines mean
    nothing. `received_at` is when the source took the record (file's time or clock; microseconds
    UTC). `within` is the `kind` of the list the record was an item of, else empty.
    """

    origin: str
    line: int
    raw: bytes
    shape: str = "json"
    received_at: int = 0
    within: str = ""


class Adapter(Protocol):
    """Turns records of one format into canonical documents; one instance serves one run.

    Stateful adapters are given their records in ascending `order`.
    """

    @property
    def name(self) -> str:
        """The word for `--from`."""
        ...

    @property
    def stateful(self) -> bool:
        """Whether what a record means depends on records before it."""
        ...

    @property
    def ignored(self) -> Mapping[str, int]:
        """Records without events so far, by reason."""
        ...

    def recognises(self, record: Record) -> bool:
        """Return whether a file that begins with this record is this adapter's; never raises."""
        ...

    def order(self, record: Record) -> tuple[int, int]:
        """Return where the record stands in time: microseconds UTC, then a tie-break.

        Asked of stateful adapters only. Raises `RecordError` for records that cannot be read.
        """
        ...

    def adapt(self, record: Record) -> Sequence[bytes]:
        """Return the canonical documents of a record; empty where it holds no event.

        Raises `RecordError` for a record that is broken.
        """
        ...

    def finish(self) -> Sequence[bytes]:
        """Return the documents that waited for the end of the input."""
        ...

"""Sorting more than fits in memory, by time and a tie-break."""

from __future__ import annotations

import heapq
import marshal
import os
import tempfile
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from overheal.errors import OverhealError

Row = tuple[int, int | bytes, bytes]
"""Time, tie-break and payload; all ties of one sorter are of one type."""

RUN_BYTES = 64 * 1024 * 1024
MERGED_AT_ONCE = 128

_BLOCK_ROWS = 1000
_BLOCK_BYTES = 256 * 1024
_ROW_BYTES = 200  # what a row takes in memory beside its payload
_time_of = itemgetter(0)


class SpillError(OverhealError):
    """The temporary directory cannot take what does not fit in memory; the text names it."""


class Run(msgspec.Struct, frozen=True):
    """Sorted rows in a file: blocks, each behind its length; with its first and last row."""

    path: Path
    first: Row
    last: Row


class SpillSorter:
    """Takes rows in any order and gives them back sorted (by payload where time and tie agree).

    Holds about `run_bytes` in memory and writes beyond that to a temporary directory under
    `directory` (default: `TMPDIR`), which only this user can read and which `close` deletes. What
    fits in memory never touches the disk. Use it in a `with` block; add everything before asking
    for `batches`. Every method raises `SpillError` where the disk is full or not writable.
    """

    def __init__(self, directory: str | None = None, *, run_bytes: int = RUN_BYTES) -> None:
        self._directory = directory
        self._run_bytes = run_bytes
        self._rows: list[Row] = []
        self._held = 0
        self._runs: list[Run] = []
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._written = 0

    def add(self, time: int, tie: int | bytes, payload: bytes) -> None:
        """Take one row."""
        self._rows.append((time, tie, payload))
        self._held += len(payload) + _ROW_BYTES
        if self._held >= self._run_bytes:
            self._spill()

    def add_many(self, rows: Iterable[Row]) -> None:
        """Take many rows, faster than one by one."""
        for row in rows:
            self._rows.append(row)
            self._held += len(row[2]) + _ROW_BYTES
            if self._held >= self._run_bytes:
                self._spill()

    def batches(self) -> Iterator[list[Row]]:
        """Yield all rows in order, in lists of about a thousand; can be repeated."""
        if not self._runs:
            _sort(self._rows)
            for start in range(0, len(self._rows), _BLOCK_ROWS):
                yield self._rows[start : start + _BLOCK_ROWS]
            return
        if self._rows:
            self._spill()
        lanes = _lanes(self._runs)
        while len(lanes) > MERGED_AT_ONCE:
            merged = self._write(merge(lanes[:MERGED_AT_ONCE]))
            for run in (run for lane in lanes[:MERGED_AT_ONCE] for run in lane):
                run.path.unlink()
            self._runs = [run for lane in lanes[MERGED_AT_ONCE:] for run in lane] + [merged]
            lanes = [*lanes[MERGED_AT_ONCE:], [merged]]
        yield from merge(lanes)

    def close(self) -> None:
        """Forget everything and delete what was written; harmless when repeated."""
        self._rows, self._runs, self._held = [], [], 0
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _spill(self) -> None:
        _sort(self._rows)
        self._runs.append(self._write(_blocks(self._rows)))
        self._rows, self._held = [], 0

    def _write(self, batches: Iterator[list[Row]]) -> Run:
        where = self._directory or os.environ.get("TMPDIR") or tempfile.gettempdir()
        first: Row | None = None
        last: Row = (0, 0, b"")
        try:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="overheal-", dir=self._directory)
            where = self._folder.name
            self._written += 1
            path = Path(where) / f"run-{self._written}"
            with path.open("wb") as file:
                for batch in batches:
                    first, last = first or batch[0], batch[-1]
                    block = marshal.dumps(batch)
                    file.write(len(block).to_bytes(8, "little"))
                    file.write(block)
        except OSError as error:
            raise SpillError(
                f"{where}: what does not fit in memory cannot be written there "
                f"({(error.strerror or str(error)).lower()}); free some space, or set TMPDIR to a "
                "directory that has it"
            ) from error
        return Run(path, first or last, last)


def merge(lanes: list[list[Run]]) -> Iterator[list[Row]]:
    """Yield the rows of all lanes in order; the runs within a lane follow one another.

    Up to the smallest last row of the blocks in memory nothing can follow that is smaller: that
    much of each block is sorted together, so the work is done by the block and not by the row.
    """
    if len(lanes) == 1:
        yield from _read(lanes[0])
        return
    readers = [_read(lane) for lane in lanes]
    heads: list[tuple[Row, int]] = []  # last row of each reader's block
    blocks: dict[int, list[Row]] = {}

    def advance(index: int) -> None:
        if block := next(readers[index], None):
            blocks[index] = block
            heapq.heappush(heads, (block[-1], index))

    for index in range(len(readers)):
        advance(index)
    while heads:
        bound, exhausted = heapq.heappop(heads)
        ready = blocks.pop(exhausted)
        for index, block in blocks.items():
            if block[0] < bound:
                cut = bisect_left(block, bound)
                ready += block[:cut]
                blocks[index] = block[cut:]
        advance(exhausted)
        _sort(ready)
        yield from _blocks(ready)


def _sort(rows: list[Row]) -> None:
    """Sort in place: by time, which is quick, and then what little is left to exchange."""
    rows.sort(key=_time_of)
    rows.sort()


def _lanes(runs: list[Run]) -> list[list[Run]]:
    """Arrange runs in as few lanes as possible in which each begins after the one before it."""
    lanes: list[list[Run]] = []
    ends: list[tuple[Row, int]] = []
    for run in sorted(runs, key=lambda run: run.first):
        if ends and ends[0][0] <= run.first:
            lane = heapq.heappop(ends)[1]
            lanes[lane].append(run)
        else:
            lane = len(lanes)
            lanes.append([run])
        heapq.heappush(ends, (run.last, lane))
    return lanes


def _blocks(rows: list[Row]) -> Iterator[list[Row]]:
    """Cut rows into lists that are small in number and in bytes."""
    start, size = 0, 0
    for end, row in enumerate(rows, 1):
        size += len(row[2])
        if end - start >= _BLOCK_ROWS or size >= _BLOCK_BYTES:
            yield rows[start:end]
            start, size = end, 0
    if start < len(rows):
        yield rows[start:]


def _read(runs: list[Run]) -> Iterator[list[Row]]:
    for run in runs:
        try:
            with run.path.open("rb") as file:
                while length := file.read(8):
                    block = file.read(int.from_bytes(length, "little"))
                    # Written by this process into a directory that only its user can enter.
                    yield marshal.loads(block)  # noqa: S302
        except (OSError, EOFError, ValueError, TypeError) as error:
            raise SpillError(f"{run.path}: cannot be read back ({error}); run it again") from error

"""Inputs by path: plain or gzipped; regular files, FIFOs, standard input; read once, in order."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from types import TracebackType
from typing import Protocol, Self

from overheal.errors import InputError
from overheal.model import DeadLetter
from overheal.sources.inflate import Damaged, inflated
from overheal.sources.limits import CHUNK, PAYLOAD_KEPT

STDIN = "-"


class Readable(Protocol):
    """What an input needs of a stream: unbuffered reads that return b"" at the end."""

    def read(self, size: int, /) -> bytes | None:
        """Return up to `size` bytes; may block."""
        ...

    def close(self) -> None:
        """Release the stream."""
        ...


class Input:
    """A stream of bytes with a name, unpacked on the way; usable once, in a `with` block.

    `origin` names it in dead letters. `size` is how many bytes there are to read where that is
    known, and `consumed` how many were read so far (both before unpacking). `lists` counts the
    Lists and arrays met, by which an empty List differs from an empty file. `damage` says, once
    `chunks` ended, why the input ended before its end.
    """

    def __init__(
        self, stream: Readable, origin: str, *, received_at: int = 0, size: int | None = None
    ) -> None:
        self.origin = origin
        self.received_at = received_at
        self.size = size
        self.consumed = 0
        self.lists = 0
        self.damage: Damaged | None = None
        self._stream = stream
        self._cut = (0, b"")

    def chunks(self) -> Iterator[bytes]:
        """Yield the unpacked bytes in pieces of at most `CHUNK`; blocks as the stream does.

        Raises `InputError` where nothing can be read at all. A failure further on sets `damage`
        and ends the iteration, so what was read before it counts.
        """
        try:
            yield from inflated(self._read())
        except Damaged as damage:
            self.damage = damage

    def unfinished(self, line: int, payload: bytes) -> list[DeadLetter]:
        """Return the dead letter of a document which the end of the input cut in two.

        Where the input is damaged there is none: `damaged` then tells of both.
        """
        payload = payload[:PAYLOAD_KEPT]
        if self.damage is not None:
            self._cut = (line, payload)
            return []
        reason = (
            f"the input ends inside the document that begins in line {line}; "
            "the file was cut off: write it again completely"
        )
        return [DeadLetter(self.origin, line, "unfinished", reason, payload)]

    def damaged(self) -> list[DeadLetter]:
        """Return the one dead letter of a damaged input, else nothing."""
        if self.damage is None:
            return []
        line, payload = self._cut
        return [DeadLetter(self.origin, line, self.damage.code, self.damage.reason, payload)]

    def close(self) -> None:
        """Release the stream; harmless when repeated."""
        self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _read(self) -> Iterator[bytes]:
        while True:
            try:
                chunk = self._stream.read(CHUNK)
            except OSError as error:
                problem = f"reading failed after {self.consumed} bytes: {_words(error)}"
                if not self.consumed:
                    raise InputError(f"{self.origin}: {problem}") from error
                raise Damaged("read_error", f"{problem}; read the input again") from error
            if not chunk:
                return
            self.consumed += len(chunk)
            yield chunk


def open_input(path: str, *, received_at: int) -> Input:
    """Open a file, a FIFO, or with `-` standard input; blocks until a FIFO has a writer.

    `received_at` (microseconds UTC) is handed on with every record. Raises `InputError`, whose
    text names the path, for what is missing, a directory, not permitted or otherwise unreadable.
    An empty file is no error and yields nothing.
    """
    origin = "<stdin>" if path == STDIN else path
    try:
        if path == STDIN:
            descriptor = sys.stdin.fileno() if sys.stdin is not None else 0
            os.set_blocking(descriptor, True)
            stream = open(descriptor, "rb", buffering=0, closefd=False)  # noqa: SIM115
        else:
            stream = open(path, "rb", buffering=0)  # noqa: SIM115, PTH123 - Input closes it
        status = os.fstat(stream.fileno())
    except (OSError, ValueError) as error:
        raise InputError(f"{origin}: {_words(error)}") from error
    size = status.st_size if stat.S_ISREG(status.st_mode) else None
    return Input(stream, origin, received_at=received_at, size=size)


def modified_at(path: str) -> int | None:
    """Return when a regular file was last written (microseconds UTC), None for all else."""
    if path == STDIN:
        return None
    try:
        status = os.stat(path)  # noqa: PTH116 - a Path would forbid NUL bytes differently
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns // 1000 if stat.S_ISREG(status.st_mode) else None


def _words(error: OSError | ValueError) -> str:
    match error:
        case FileNotFoundError():
            return "no such file; check the path"
        case IsADirectoryError():
            return "is a directory; name the files in it"
        case PermissionError():
            return "may not be read by this user; change its permissions or read it as its owner"
        case OSError(strerror=str(words)):
            return f"cannot be read ({words.lower()})"
        case _:
            return f"cannot be read ({error})"

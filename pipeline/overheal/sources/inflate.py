"""Gzip recognised by content and unpacked as it arrives, so that damage costs only what follows."""

from __future__ import annotations

import contextlib
import itertools
import zlib
from collections.abc import Generator, Iterator

from overheal.sources.limits import CHUNK

MAGIC = b"\x1f\x8b"
_GZIP = 16 + zlib.MAX_WBITS


class Damaged(Exception):  # noqa: N818 - the end of an iteration rather than an error of overheal
    """The input ends here although it should go on; what was yielded before is good."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def inflated(raw: Iterator[bytes]) -> Iterator[bytes]:
    """Yield `raw`, unpacked where it begins as gzip does (one member or several).

    No piece is longer than `CHUNK` for gzip, whatever it expands to. Raises `Damaged` after the
    last good byte of a truncated or corrupted gzip.
    """
    head = b""
    for chunk in raw:
        head += chunk
        if len(head) >= len(MAGIC):
            break
    rest = itertools.chain([head] if head else [], raw)
    if head.startswith(MAGIC):
        yield from _members(rest)
    else:
        yield from rest


def _members(raw: Iterator[bytes]) -> Iterator[bytes]:
    pending = b""
    while True:
        while len(pending) < len(MAGIC) and (chunk := next(raw, b"")):
            pending += chunk
        padding = not pending.strip(b"\0")
        if padding and not (pending := next(raw, b"")):
            return
        if padding:
            continue
        if not pending.startswith(MAGIC):
            raise _broken("bytes that are not gzip follow the end of the gzip data")
        pending = yield from _member(pending, raw)


def _member(pending: bytes, raw: Iterator[bytes]) -> Generator[bytes, None, bytes]:
    """Yield the content of one member, and return the bytes after it."""
    unpacker = zlib.decompressobj(_GZIP)
    while True:
        before = unpacker.copy()
        try:
            content = unpacker.decompress(pending, CHUNK)
        except zlib.error as error:
            yield from _until_broken(before, pending)
            raise _broken(f"the gzip data is corrupted ({error})") from error
        if content:
            yield content
        if unpacker.eof:
            return unpacker.unused_data
        # Full output may leave input behind, or more output without any input.
        pending = unpacker.unconsumed_tail
        if not pending and len(content) < CHUNK and not (pending := next(raw, b"")):
            raise _broken("the gzip data ends before its end")


def _until_broken(unpacker: zlib._Decompress, pending: bytes) -> Iterator[bytes]:
    """Yield what can be unpacked before the corrupted byte."""
    with contextlib.suppress(zlib.error):
        for at in range(len(pending)):
            if content := unpacker.decompress(pending[at : at + 1]):
                yield content


def _broken(problem: str) -> Damaged:
    return Damaged(
        "truncated_gzip",
        f"{problem}; everything before it was read: copy the file again completely",
    )

"""From bytes to records: how the input is written is recognised by its first bytes.

JSON Lines        each line a document, among which broken ones may be
JSON documents    one or many, on one line or over several; arrays of them; Lists
YAML              documents, and Lists
table             what kubectl prints for people
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator

import msgspec

from overheal.errors import InputError
from overheal.sources.files import Input
from overheal.sources.json_stream import documents
from overheal.sources.limits import CHUNK, Batch
from overheal.sources.lines import json_lines
from overheal.sources.table import is_heading, table
from overheal.sources.yaml_stream import yaml_documents

Framing = Callable[[Input, Iterator[bytes]], Iterator[Batch]]

_LINES_LOOKED_AT = 20
_YAML_LINE = re.compile(
    rb"""\s*(?:-\s+)*(?:[\w./-]+|"[^"]*"|'[^']*')\s*:(?:\s|\Z)|\s*[-?:](?:\s|\Z)|\s+\S|---(?:\s|\Z)"""
)
_FOREIGN = {
    b"PK\x03\x04": "a zip archive; unpack it",
    b"\x28\xb5\x2f\xfd": "compressed with zstd; unpack it with `zstd -dc`",
    b"\xfd7zXZ": "compressed with xz; unpack it with `xz -dc`",
    b"BZh": "compressed with bzip2; unpack it with `bzip2 -dc`",
    b"\x1f\x8b": "compressed twice; unpack it once with `gzip -dc`",
    b"SQLite format 3": "an SQLite database; export its rows as JSON Lines",
    b"PAR1": "a Parquet file; export its rows as JSON Lines",
}
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class _Items(msgspec.Struct):
    items: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    Items: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def frame(source: Input) -> Iterator[Batch]:
    """Yield the records of `source` in batches, with what was refused in its place.

    Nothing is parsed that can be handed on: a broken line becomes a record, and its adapter says
    what is wrong. Raises `InputError` for what cannot be read at all or is no text. An empty
    input yields nothing. Memory is bounded whatever the input holds.
    """
    chunks = source.chunks()
    head, chunks = _peeked(chunks)
    for magic, what in _FOREIGN.items():
        if head.startswith(magic):
            raise InputError(f"{source.origin}: is {what}")
    if (encoding := _UTF16.get(head[:2])) is not None:
        head, chunks = _peeked(_recoded(chunks, encoding))
    yield from framing_of(head)(source, _without_mark(chunks))
    if lost := source.damaged():
        yield list(lost)


def framing_of(head: bytes) -> Framing:
    """Return how an input that begins with `head` is written; JSON Lines if nothing else fits."""
    head = head.removeprefix(codecs.BOM_UTF8).lstrip()
    complete = head if len(head) < CHUNK // 2 else head[: head.rfind(b"\n") + 1]
    lines = [line for line in complete.split(b"\n") if line.strip()][:_LINES_LOOKED_AT]
    if sum(map(_is_object, lines)) * 2 >= max(1, len(lines)) and not _is_list(lines[0]):
        return json_lines
    if head.startswith((b"{", b"[")) or any(line.rstrip() in (b"{", b"[") for line in lines):
        return documents
    if any(map(is_heading, lines[:3])):
        return table
    if _is_yaml(lines):
        return yaml_documents
    return json_lines


def _is_object(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=_Items)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    return True


def _is_list(line: bytes) -> bool:
    try:
        found = msgspec.json.decode(line, type=_Items)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    return any(
        isinstance(items, msgspec.Raw) and bytes(items)[:1] in (b"[", b"n")
        for items in (found.items, found.Items)
    )


def _is_yaml(lines: list[bytes]) -> bool:
    telling = [line for line in lines if not line.lstrip().startswith((b"#", b"%"))]
    fitting = [bool(_YAML_LINE.match(line)) for line in telling]
    return bool(fitting) and fitting[0] and sum(fitting) * 4 >= len(fitting) * 3


def _peeked(chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return the first bytes, and all of the stream.

    At least `CHUNK` if there are as many; fewer where whole lines of JSON came so far, so that
    what a live pipe has given is not held back until it gives more.
    """
    parts: list[bytes] = []
    held = 0
    while held < CHUNK and (chunk := next(chunks, b"")):
        parts.append(chunk)
        held += len(chunk)
        if chunk.endswith(b"\n") and held < CHUNK and _is_object(b"".join(parts).split(b"\n")[0]):
            break

    def again() -> Iterator[bytes]:
        while parts:
            yield parts.pop(0)
        yield from chunks

    return b"".join(parts), again()


def _without_mark(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the stream without the byte order mark it may begin with."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= len(codecs.BOM_UTF8):
            break
    if head := head.removeprefix(codecs.BOM_UTF8):
        yield head
    yield from chunks


def _recoded(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Yield UTF-16 (what PowerShell's `>` writes) as UTF-8; broken characters become U+FFFD."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for chunk in chunks:
        if text := decoder.decode(chunk):
            yield text.encode()
    if text := decoder.decode(b"", final=True):
        yield text.encode()

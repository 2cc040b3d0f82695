"""The structure of JSON, read from a stream in bounded memory without parsing values."""

from __future__ import annotations

import re
from collections.abc import Iterator

from overheal.sources.limits import HEAD_KEPT, MAX_DOCUMENT

_STRING = rb'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'
_ONE_STRING = re.compile(_STRING)
_NEXT = re.compile(  # up to and with the next bracket, or a quote whose string does not end
    rb'[^"{}\[\]]*+(?:' + _STRING + rb'[^"{}\[\]]*+)*+(?:([{\[])|([}\]])|("))?'
)
_OPEN, _CLOSE = 1, 2
_KEY = re.compile(rb"(" + _STRING + rb")\s*+:\s*+(?=\S)")
_SCALAR = re.compile(rb'[^\s,{}\[\]"]++')
_SPACE = re.compile(rb"(?:[\s,]|\xef\xbb\xbf)*+")
_LONGEST_KEY = 64 * 1024
_BEHIND = 256
_MOST_AT_ONCE = 4 * 1024 * 1024


class Broken(Exception):  # noqa: N818 - caught where the stream goes on behind it
    """The structure ends at the scanner's position; the text says what is wrong."""


class Unfinished(Exception):  # noqa: N818
    """The input ends inside a document."""


class Scanner:
    """A window that moves over the stream.

    `pos` is where reading goes on, and `anchor` where the piece under capture begins (None:
    nothing is captured); both are offsets into `data`, which moves when it grows. A piece longer
    than `MAX_DOCUMENT` is captured no further: `anchor` becomes None and `oversized` its head.
    """

    def __init__(self, chunks: Iterator[bytes], first_line: int = 1) -> None:
        self.data = b""
        self.pos = 0
        self.anchor: int | None = None
        self.oversized: bytes | None = None
        self._chunks = chunks
        self._line = first_line
        self._counted = 0

    def line_at(self, offset: int) -> int:
        """Return the line of `offset`, which may not lie before that of an earlier call."""
        self._line += self.data.count(b"\n", self._counted, offset)
        self._counted = offset
        return self._line

    def peek(self) -> bytes:
        """Move to the next byte that is no space, comma or byte order mark; b"" at the end."""
        while True:
            if match := _SPACE.match(self.data, self.pos):
                self.pos = match.end()
            if self.pos < len(self.data):
                return self.data[self.pos : self.pos + 1]
            if not self.grown():
                return b""

    def key(self) -> bytes | None:
        """Move past the next key and its colon and return it quoted; None past a closing brace."""
        while (first := self.peek()) == b'"':
            if match := _KEY.match(self.data, self.pos):
                self.pos = match.end()
                return match[1]
            if len(self.data) - self.pos > _LONGEST_KEY or not self.grown():
                break
        if not first:
            raise Unfinished
        if first == b"}":
            self.pos += 1
            return None
        raise Broken("a key and a colon, or `}`, should stand here")

    def value(self, first: bytes) -> None:
        """Move past the value at `pos`, which begins with `first`."""
        if first in (b"{", b"["):
            self._nested()
        elif first == b'"':
            while (match := _ONE_STRING.match(self.data, self.pos)) is None:
                self._grown_in_value()
            self.pos = match.end()
        else:
            found = False
            while match := _SCALAR.match(self.data, self.pos):
                found, self.pos = True, match.end()
                if self.pos < len(self.data) or not self.grown():
                    return
            if not found:
                raise Broken("a value should stand here")

    def closed(self) -> int | None:
        """Return where the object at `pos` ends if that is plain from what is in memory."""
        depth = 0
        data = self.data
        for token in _NEXT.finditer(data, self.pos):
            kind = token.lastindex
            if kind == _OPEN:
                depth += 1
                if depth > 1 and data[token.end() - 2] == 10:
                    return None
            elif kind == _CLOSE:
                depth -= 1
                if not depth:
                    return token.end()
            else:
                return None
        return None

    def line(self) -> None:
        """Move to the end of the line."""
        while (end := self.data.find(b"\n", self.pos)) < 0:
            if self.anchor is None:
                self.pos = len(self.data)
            if not self.grown():
                end = len(self.data)
                break
        self.pos = end

    def line_end(self, most: int) -> int:
        """Return where the line ends, reading on for at most `most` bytes."""
        while (end := self.data.find(b"\n", self.pos)) < 0:
            end = len(self.data)
            if end - self.pos >= most or not self.grown():
                break
        return end

    def skip_to(self, indent: bytes) -> None:
        """Move to the next line that begins with `indent` and a bracket, or to the end."""
        pattern = re.compile(b"\n" + re.escape(indent) + rb"(?=[{\[])")
        self.anchor = None
        search = max(0, self.pos - len(indent) - 1)
        while (found := pattern.search(self.data, search)) is None:
            self.pos = max(self.pos, len(self.data) - len(indent) - 1)
            if not self.grown():
                self.pos = len(self.data)
                return
            search = self.pos
        self.pos = found.end()

    def indent(self) -> bytes | None:
        """Return the space before the piece under capture, None if it does not begin its line."""
        if self.anchor is None:
            return None
        before = self.data[max(0, self.anchor - _BEHIND) : self.anchor]
        _, found, space = before.rpartition(b"\n")
        return space if found and not space.strip() else None

    def grown(self) -> bool:
        """Read on, and forget what is neither captured nor next; False at the end of the input.

        Reads about as much as it holds, so that growing to n bytes takes time in proportion to n.
        """
        if self.anchor is not None and len(self.data) - self.anchor > MAX_DOCUMENT:
            self.oversized = self.data[self.anchor : self.anchor + HEAD_KEPT]
            self.anchor = None
        keep = max(0, (self.pos if self.anchor is None else self.anchor) - _BEHIND)
        parts = [self.data[keep:]]
        wanted = min(len(parts[0]), _MOST_AT_ONCE)
        while wanted >= 0 and (chunk := next(self._chunks, b"")):
            parts.append(chunk)
            wanted -= len(chunk)
        if self._counted < keep:
            self.line_at(keep)
        self.data = b"".join(parts)
        self.pos -= keep
        self._counted -= keep
        if self.anchor is not None:
            self.anchor -= keep
        return len(parts) > 1

    def _nested(self) -> None:
        depth = 0
        while True:
            data = self.data
            for token in _NEXT.finditer(data, self.pos):
                kind = token.lastindex
                if kind == _OPEN:
                    depth += 1
                    end = token.end()
                    if depth > 1 and data[end - 2] == 10 and self._starts_anew(end - 1):
                        self.pos = end - 1
                        raise Broken("what began before this line was not closed")
                elif kind == _CLOSE:
                    depth -= 1
                    if not depth:
                        self.pos = token.end()
                        return
                else:
                    self.pos = token.end() if kind is None else token.start(3)
                    break
            self._grown_in_value()

    def _starts_anew(self, offset: int) -> bool:
        """Whether a bracket that begins a line cannot belong to what is open before it."""
        before = self.data[max(0, offset - _BEHIND) : offset].rstrip()
        return bool(before) and before[-1] not in b"[,:"

    def _grown_in_value(self) -> None:
        """Read on inside a value, at the quote of an open string or at the end of the data."""
        if self.pos < len(self.data):
            if self.data.find(b"\n", self.pos) >= 0:
                raise Broken("a string begins here and does not end on its line")
            if self.anchor is None:
                body = self.data[self.pos + 1 :]
                escaping = (len(body) - len(body.rstrip(b"\\"))) % 2
                self.data = self.data[: self.pos + 1] + b"\\" * escaping
        if not self.grown():
            raise Unfinished

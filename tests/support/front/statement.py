"""Taking a request's bytes apart: the statement, and the data behind `INSERT … FORMAT`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = rb"(?:`(?:[^`\\]|\\.)*`|\"[^\"]*\"|[\w.])+"
_COLUMNS = rb"\((?:`(?:[^`\\]|\\.)*`|[^)`])*\)"
_INSERT = re.compile(
    rb"\s*INSERT\s+INTO\s+(?P<target>(?:TABLE\s+)?" + _NAME + rb"\s*(?:" + _COLUMNS + rb")?)"
    rb"\s*(?P<settings>SETTINGS\s+(?:'(?:[^'\\]|\\.)*'|[^'])*?\s)?"
    rb"\s*FORMAT\s+(?P<format>\w+)[ \t\f]*;?\r?\n?",
    re.IGNORECASE,
)
_FORMAT = re.compile(rb"\bFORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)
_INLINE = {b"VALUES"}


@dataclass(frozen=True)
class Insert:
    """An insert whose data stands in the body."""

    target: str
    settings: str
    format: str
    data: bytes

    def reading(self, file: str) -> str:
        """Return the statement that inserts the data from a file."""
        return (
            f"INSERT INTO {self.target} FROM INFILE '{file}' {self.settings} FORMAT {self.format}"
        )


def insert_of(query: bytes, body: bytes) -> Insert | None:
    """Return the insert that a request is, or nothing where it is another statement."""
    whole = query or body
    found = _INSERT.match(whole)
    if found is None or found["format"].upper() in _INLINE:
        return None
    rest = whole[found.end() :]
    return Insert(
        found["target"].decode(),
        (found["settings"] or b"").decode(),
        found["format"].decode(),
        rest + body if query else rest,
    )


def joined(query: bytes, body: bytes) -> bytes:
    """Return the statement of a request that is no insert with data."""
    return query + b"\n" + body if query and body else query or body


def format_of(statement: bytes) -> str:
    """Return the format that a statement asks for; empty where it leaves that to the server."""
    found = _FORMAT.search(statement)
    return found[1].decode() if found else ""

"""Follow-ups and acknowledgements: what owners are asked, and what people answer."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pyarrow as pa

from overheal.store import columns as column
from overheal.store.engine import Engine
from overheal.store.sql import query

_LAST = 2**62


class FollowUp(msgspec.Struct, frozen=True, kw_only=True):
    """One question of a weekly report to the owner of a service; times are microseconds UTC.

    It is about the automated `recoveries` and their `episodes` with `since` ≤ time < `until`.
    `finding` is the id of the finding that explains them, or "".
    """

    id: str
    week: str
    since: int
    until: int
    environment: str
    service: str
    owner: str = ""
    finding: str = ""
    recoveries: int = 0
    episodes: int = 0
    asked_at: int
    due_at: int


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody has seen a finding or a follow-up, and says what they found (or "").

    `kind` is `finding` or `follow_up`, `at` microseconds UTC, `author` who ran the command.
    """

    id: str
    kind: str
    at: int
    by: str
    found: str = ""
    author: str = ""


class Following:
    """Reads and writes both."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def follow_ups(self) -> list[FollowUp]:
        """Return every follow-up as it was first asked, oldest first."""
        rows = self._engine.rows(query("follow_ups"))
        return [FollowUp(**dict(zip(_FOLLOW_UP, row, strict=True))) for row in rows]

    def write_follow_ups(self, asked: Sequence[FollowUp]) -> None:
        """Write questions; of several with one id the one that was asked first is read."""
        if asked:
            self._engine.insert("follow_ups", _of_follow_ups(asked))

    def acknowledgements(self) -> list[Acknowledgement]:
        """Return every acknowledgement, oldest first."""
        rows = self._engine.rows(query("acknowledgements"))
        return [
            Acknowledgement(**dict(zip(Acknowledgement.__struct_fields__, row, strict=True)))
            for row in rows
        ]

    def write_acknowledgements(self, given: Sequence[Acknowledgement]) -> None:
        """Write acknowledgements; the same one written again is no second one."""
        if given:
            self._engine.insert("acknowledgements", _of_acknowledgements(given))


_FOLLOW_UP = (
    *("id", "week", "since", "until", "environment", "service", "owner", "finding"),
    *("recoveries", "episodes", "asked_at", "due_at"),
)


def _of_follow_ups(rows: Sequence[FollowUp]) -> pa.Table:
    texts = ("id", "week", "environment", "service", "owner", "finding")
    columns = {name: column.text([getattr(row, name) for row in rows]) for name in texts}
    for name in ("since", "until", "asked_at", "due_at"):
        columns[name] = column.moment([getattr(row, name) for row in rows])
    for name in ("recoveries", "episodes"):
        columns[name] = column.whole([getattr(row, name) for row in rows])
    columns["version"] = column.whole([_LAST - row.asked_at for row in rows])
    return pa.table(columns)


def _of_acknowledgements(rows: Sequence[Acknowledgement]) -> pa.Table:
    texts = ("id", "kind", "by", "found", "author")
    columns = {name: column.text([getattr(row, name) for row in rows]) for name in texts}
    columns["at"] = column.moment([row.at for row in rows])
    return pa.table(columns)

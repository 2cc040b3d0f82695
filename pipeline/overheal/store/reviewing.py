"""Reviews of actions, and the questions of the quarterly review and of readiness."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import pyarrow as pa

from overheal.store import columns as column
from overheal.store.engine import Engine
from overheal.store.sql import LONG_STATEMENT, filled, listed, query, quoted


class ActionReview(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody looked at an action and says what they think of it; times are microseconds UTC.

    `verdict` is `good`, `bad` or `unclear`; `by_hand` is whether a person acted, `level` the
    autonomy level the agent stated, None where it stated none; `author` ran the command.
    """

    environment: str
    service: str
    type: str
    action_id: str
    by_hand: bool
    level: int | None
    acted_at: int
    at: int
    by: str
    verdict: str
    note: str = ""
    author: str = ""


class NamedAction(msgspec.Struct, frozen=True):
    """One action as it stands, by its id; `acted` is False for what was only proposed."""

    environment: str
    service: str
    type: str
    action_id: str
    agent: str
    by_hand: bool
    level: int | None
    began_at: int
    outcome: str
    acted: bool


class Reviewing:
    """Reads and writes reviews, and asks the questions whose names begin with `review_`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def reviews(self) -> list[ActionReview]:
        """Return every review that was ever given, oldest first."""
        rows = self._engine.rows(query("reviews"))
        names = ActionReview.__struct_fields__
        return [ActionReview(**_plain(dict(zip(names, row, strict=True)))) for row in rows]

    def write_reviews(self, given: Sequence[ActionReview]) -> None:
        """Write reviews; the same one written again is no second one."""
        if given:
            self._engine.insert("reviews", _of_reviews(given))

    def actions_named(self, asked: str) -> list[NamedAction]:
        """Return up to twenty actions whose ids begin with `asked`, that very id first."""
        rows = self._engine.rows(query("action_named"), asked=asked)
        names = NamedAction.__struct_fields__
        return [NamedAction(**_plain(dict(zip(names, row, strict=True)))) for row in rows]

    def span_rows(self, name: str, **bounds: int) -> Sequence[Sequence[Any]]:
        """Return the rows of `queries/<name>.sql` between `start` and `end` (microseconds UTC)."""
        return self._engine.rows(query(name), None, **bounds)

    def recoveries_of(self, services: Iterable[str], end: int) -> Sequence[Sequence[Any]]:
        """Return the rows of `review_recoveries` about services, by full or short names."""
        names = listed([quoted(name) for name in services])
        return self._engine.rows(
            filled("review_recoveries", services=names), settings=LONG_STATEMENT, end=end
        )


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Return values with truth in place of the numbers that stand for it in the engine."""
    flags = ("by_hand", "acted")
    return {name: bool(value) if name in flags else value for name, value in values.items()}


def _of_reviews(rows: Sequence[ActionReview]) -> pa.Table:
    texts = ("environment", "service", "type", "action_id", "by", "verdict", "note", "author")
    columns = {name: column.text([getattr(row, name) for row in rows]) for name in texts}
    for name in ("acted_at", "at"):
        columns[name] = column.moment([getattr(row, name) for row in rows])
    columns["by_hand"] = column.flag([row.by_hand for row in rows])
    columns["level"] = pa.array([row.level for row in rows], pa.int8())
    return pa.table(columns)

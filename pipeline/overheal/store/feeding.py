"""Whether the narrow tables hold what the views that fill them say, and filling them anew.

An insert writes a table first and the tables that its views fill after it. A process or a server
that dies between the two leaves rows out. Whoever writes the same block again, with its token,
completes them; where nobody does, `Feeding.feed` does it from what is stored.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from overheal.store.engine import INSERT_SETTINGS, Engine
from overheal.store.migrate import retention
from overheal.store.sql import query

ROWS_AT_ONCE = 5_000_000
"""Of so many rows the keys are held in memory at once: about 200 MB."""

_SOURCE = re.compile(r"\bFROM (?:`?\w+`?\.)?`?(\w+)`?")


@dataclass(frozen=True)
class Feed:
    """A view that fills a table with every insert; `key` is what a row of the table is known by."""

    view: str
    table: str
    source: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    select: str


class Feeding:
    """Compares and completes; reads all of a table for each view that it fills."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def feeds(self) -> list[Feed]:
        """Return the views that fill tables where a row that is written again replaces itself."""
        found = []
        for view, table, columns, key, select in self._engine.rows(query("feeds")):
            # What is read comes last: lists after IN name no tables.
            source = _SOURCE.findall(select)[-1]
            found.append(Feed(view, table, source, tuple(columns), tuple(key), select))
        return found

    def unfed(self, feed: Feed) -> int:
        """Return how many rows a table lacks that a view would have written; changes nothing."""
        return sum(map(self._count, self._missing(feed)))

    def feed(self, feed: Feed) -> int:
        """Write the rows that a table lacks; return how many. Cut off anywhere, call it again."""
        written = 0
        columns = ", ".join(f"`{name}`" for name in feed.columns)
        for rows in self._missing(feed):
            count = self._count(rows)
            if count:
                self._engine.command(
                    f"INSERT INTO `{feed.table}` ({columns}) SELECT {columns} FROM ({rows})",  # noqa: S608
                    {**INSERT_SETTINGS, "insert_deduplication_token": uuid.uuid4().hex},
                )
                written += count
        return written

    def _count(self, rows: str) -> int:
        return int(self._engine.rows(f"SELECT count() FROM ({rows})")[0][0])  # noqa: S608 - our own

    def _missing(self, feed: Feed) -> Iterator[str]:
        """Return questions for what is missing, each about a share of the keys."""
        ((rows,),) = self._engine.rows(f"SELECT count() FROM `{feed.table}`")  # noqa: S608 - our own
        shares = rows // ROWS_AT_ONCE + 1
        texts = ", ".join(f"toString(`{name}`)" for name in feed.key)
        for share in range(shares):
            mine = f"cityHash64({texts}) % {shares} = {share}"
            yield (
                f"SELECT * FROM ({self._lasting(feed)}) WHERE {mine} AND cityHash64({texts}) "  # noqa: S608
                f"NOT IN (SELECT cityHash64({texts}) FROM `{feed.table}` WHERE {mine})"
            )

    def _lasting(self, feed: Feed) -> str:
        """Return what a view selects, without what expires in its table about now."""
        days = retention(self._engine, feed.source)
        if days is None:
            return feed.select
        since = (
            f"(received_at > now64(6, 'UTC') - toIntervalDay({days - 1}) "
            "OR received_at = toDateTime64(0, 6, 'UTC'))"
        )
        place = rf"\bFROM (?:`?\w+`?\.)?`?{feed.source}`?(?!\w)"
        lasting = f"FROM (SELECT * FROM `{feed.source}` WHERE {since})"  # noqa: S608 - our own
        return re.sub(place, lasting, feed.select)

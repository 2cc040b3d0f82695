"""Asking about events by id: which are stored, and where they stood."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from overheal.errors import StoreUnavailable
from overheal.model import Event
from overheal.store.columns import text
from overheal.store.engine import Engine
from overheal.store.rows import Origin
from overheal.store.sql import query

IDS_PER_QUESTION = 25_000
_TRIES = 3
_ASKED = "SELECT count() FROM asked WHERE question = {question:UInt64}"

Key = tuple[str, str]


class Asked:
    """Answers about events by their keys, (source, id) each."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def known(self, keys: Sequence[Key]) -> set[Key]:
        """Return those of `keys` that are stored."""
        return {(row[0], row[1]) for row in self._answers("known", keys)}.intersection(keys)

    def absent(self, events: Sequence[Event]) -> list[Event]:
        """Return the events that are not stored yet, in their order, each key once."""
        seen = self.known([event.key for event in events])
        fresh = []
        for event in events:
            if event.key not in seen:
                seen.add(event.key)
                fresh.append(event)
        return fresh

    def origins(self, keys: Sequence[Key]) -> dict[Key, Origin]:
        """Return where those of `keys` that are stored stood, the first one stored of each."""
        wanted = set(keys)
        found: dict[Key, Origin] = {}
        for row in self._answers("origins", keys):
            key = (row[0], row[1])
            if key in wanted:
                found.setdefault(key, Origin(*row[2:]))
        return found

    def _answers(self, name: str, keys: Sequence[Key]) -> list[Sequence[Any]]:
        found: list[Sequence[Any]] = []
        for start in range(0, len(keys), IDS_PER_QUESTION):
            found += self._ask(name, [key[1] for key in keys[start : start + IDS_PER_QUESTION]])
        return found

    def _ask(self, name: str, ids: list[str]) -> Sequence[Sequence[Any]]:
        """Return a query's answer about ids, which lie in a table for the length of the question.

        That table is shared with everybody and forgets its oldest rows: an answer counts only
        where all its ids are still there after it.
        """
        with self._engine.asking:
            for _ in range(_TRIES):
                if self._engine.connection.alone:
                    self._engine.command("TRUNCATE TABLE asked")
                question = secrets.randbits(63)
                numbers = pa.repeat(pa.scalar(question, pa.uint64()), len(ids))
                self._engine.insert("asked", pa.table({"question": numbers, "id": text(ids)}))
                found = self._engine.rows(query(name), question=question)
                if self._engine.connection.alone:
                    return found
                if self._engine.rows(_ASKED, question=question)[0][0] >= len(ids):
                    return found
        raise StoreUnavailable(
            f"the store {self._engine.connection.name} is asked by too many "
            "at once; try again later"
        )

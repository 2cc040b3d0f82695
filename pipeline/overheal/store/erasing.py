"""Putting another word in the place of one, wherever it stands, in every table.

Sorting keys cannot be updated in place, so the rows that hold the word are written anew without it,
and then deleted by a mutation, which rewrites the files that held them. Cut off between the two,
the same call again completes it: rows of one key become one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass

from overheal.store.engine import Engine
from overheal.store.sql import quoted
from overheal.store.tables import Table, Tables

BINARY = frozenset({"state"})
"""Columns in which texts lie among lengths: there a word is replaced wherever its bytes stand."""

_WRITE = {
    "async_insert": 0,
    "insert_deduplicate": 0,
    "optimize_on_insert": 0,
    "max_partitions_per_insert_block": 0,
}
_WORD = re.compile(r"\w", re.ASCII)


@dataclass(frozen=True)
class Word:
    """A word and what stands in its place, of the same number of bytes, so that lengths stay."""

    text: str
    instead: str

    def __post_init__(self) -> None:
        if len(self.text.encode()) != len(self.instead.encode()):
            raise ValueError("what stands in a word's place must be as long")

    @property
    def spellings(self) -> tuple[str, ...]:
        """The word, and how JSON may write it."""
        loose = json.dumps(self.text)[1:-1]
        tight = json.dumps(self.text, ensure_ascii=False)[1:-1]
        return tuple(dict.fromkeys([self.text, tight, loose]))

    @property
    def pattern(self) -> str:
        """The RE2 pattern that finds it as a word of its own."""
        return "|".join(map(_bounded, self.spellings))


def _bounded(text: str) -> str:
    first = r"\b" if _WORD.match(text[0]) else ""
    last = r"\b" if _WORD.match(text[-1]) else ""
    return first + re.escape(text) + last


class Erasing:
    """Finds and replaces a word in all tables; needs the rights to insert and to delete."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def holding(self, word: Word) -> dict[str, int]:
        """Return how many rows of each table hold a word; tables without any are left out."""
        found = {}
        for table in Tables(self._engine).all_tables():
            sql = f"SELECT count() FROM `{table.name}` WHERE {_holds(table, word)}"  # noqa: S608 - quoted
            ((count,),) = self._engine.rows(sql)
            if count:
                found[table.name] = int(count)
        return found

    def replace(self, word: Word, holding: Collection[str]) -> None:
        """Put `word.instead` in the place of a word, in the tables that `holding` found.

        Returns when no file in use holds it.
        """
        for table in Tables(self._engine).all_tables():
            name = table.name
            if name not in holding:
                continue
            names = ", ".join(f"`{column}`" for column in table.columns)
            values = ", ".join(
                _without(column, kind, word) for column, kind in table.columns.items()
            )
            final = " FINAL" if table.replacing else ""
            condition = _holds(table, word)
            self._engine.command(
                f"INSERT INTO `{name}` ({names}) SELECT {values} FROM `{name}`{final} "  # noqa: S608 - quoted
                f"WHERE {condition}",
                _WRITE,
            )
            self._engine.command(
                f"ALTER TABLE `{name}` DELETE WHERE {condition}", {"mutations_sync": 2}
            )

    def forget_input(self, kind: str, digest: str) -> None:
        """Delete the documents of a kind and digest from `timed_inputs`."""
        condition = f"kind = {quoted(kind)} AND digest = {quoted(digest)}"
        self._engine.command(
            f"ALTER TABLE timed_inputs DELETE WHERE {condition}",
            {"mutations_sync": 2},
        )


def _holds(table: Table, word: Word) -> str:
    """Return the condition for rows that hold a word in any column."""
    parts = [_found(name, kind, word) for name, kind in table.columns.items()]
    return "(" + (" OR ".join(part for part in parts if part) or "0") + ")"


def _found(name: str, kind: str, word: Word) -> str:
    """Return the condition for a word in one column, "" where the column holds no text."""
    column, pattern = f"`{name}`", quoted(word.pattern)
    if name in BINARY:
        return f"position({column}, {quoted(word.text)}) > 0"
    if "String" not in kind:
        return ""
    if kind.startswith(("Array(", "Map(")):
        lists = [column] if kind.startswith("Array(") else [f"mapKeys({column})"]
        if kind.startswith("Map(") and kind.endswith("String)"):
            lists.append(f"mapValues({column})")
        return " OR ".join(f"arrayExists(one -> match(one, {pattern}), {one})" for one in lists)
    return f"ifNull(match({column}, {pattern}), 0)"


def _without(name: str, kind: str, word: Word) -> str:
    """Return the expression of a column's value without the word; nobody else's name in it."""
    column = f"`{name}`"
    if name in BINARY:
        return f"replaceAll({column}, {quoted(word.text)}, {quoted(word.instead)})"
    if "String" not in kind:
        return column
    if kind.startswith("Array("):
        return f"arrayMap(one -> {_replaced('one', word)}, {column})"
    if kind.startswith("Map("):
        keys = f"arrayMap(one -> {_replaced('one', word)}, mapKeys({column}))"
        values = f"mapValues({column})"
        if kind.endswith("String)"):
            values = f"arrayMap(one -> {_replaced('one', word)}, {values})"
        return f"CAST(mapFromArrays({keys}, {values}), {quoted(kind)})"
    return _replaced(column, word)


def _replaced(expression: str, word: Word) -> str:
    return f"replaceRegexpAll({expression}, {quoted(word.pattern)}, {quoted(word.instead)})"

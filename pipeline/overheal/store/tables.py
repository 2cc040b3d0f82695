"""The store's tables as such: what each holds, read and written as columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from overheal.store.engine import Engine
from overheal.store.sql import query

_EXACT: Mapping[str, Any] = {
    "output_format_arrow_string_as_string": 0,
    "output_format_arrow_low_cardinality_as_dictionary": 0,
    "max_block_size": 8192,
}


@dataclass(frozen=True)
class Table:
    """A table that holds something.

    `columns` are those that can be written, name to type; `key` is its sorting key, `replacing`
    whether rows of one key become one, `derived` whether the store works it out from others.
    """

    name: str
    columns: dict[str, str] = field(hash=False)
    key: str = ""
    partition: str = ""
    replacing: bool = True
    derived: bool = False


class Tables:
    """Reads and writes whole tables, whatever they are."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def kept_tables(self) -> list[Table]:
        """Return all tables that hold something of their own, by name."""
        return [table for table in self.all_tables() if not table.derived]

    def all_tables(self) -> list[Table]:
        """Return all tables, those last that the store works out from the others."""
        columns: dict[str, dict[str, str]] = {}
        for table, column, of_type in self._engine.rows(query("table_columns")):
            columns.setdefault(table, {})[column] = of_type
        return [
            Table(
                name,
                columns[name],
                key,
                partition,
                "Replacing" in kind,
                bool(derived),
            )
            for name, kind, key, partition, derived in self._engine.rows(query("kept_tables"))
        ]

    def schema_version(self) -> int:
        """Return the number of the last migration."""
        ((version,),) = self._engine.rows("SELECT max(version) FROM schema_migrations")
        return int(version)

    def table_schema(self, table: Table) -> pa.Schema:
        """Return the Arrow types of a table's columns; strings are bytes."""
        return self._engine.arrow(_selected(table, "0"), _EXACT).schema

    def table_rows(
        self, table: Table, where: str = "1", **parameters: Any
    ) -> Iterator[pa.RecordBatch]:
        """Return the rows that a condition holds for, each once, as batches of columns.

        `where` is written by overheal alone, its values are `parameters`. Memory is bounded by a
        batch; close the generator where it is not read to its end.
        """
        yield from self._engine.arrow_stream(_selected(table, where), _EXACT, **parameters)

    def write_rows(self, table: Table, rows: pa.Table) -> None:
        """Write rows as `table_rows` gave them; a row that is known replaces itself."""
        if rows.num_rows:
            self._engine.insert(table.name, rows)


def _selected(table: Table, where: str) -> str:
    names = ", ".join(f"`{name}`" for name in table.columns)
    final = " FINAL" if table.replacing else ""
    return f"SELECT {names} FROM `{table.name}`{final} WHERE {where}"  # noqa: S608 - our own names

"""A store as an earlier version left it: made from the numbered files, with rows in every table.

`rows.json` beside the tests of migrations holds the rows, as JSON Lines by table; a version gets
those of its tables, with those of its columns. `python -m tests.support.versions` writes it anew.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import msgspec
import pyarrow as pa

from overheal.run.transfer.lines import from_lines, to_lines
from overheal.store.engine import Engine
from overheal.store.migrate import _RECORD
from overheal.store.sql import migrations
from overheal.store.tables import _EXACT, Table, Tables, _selected

EMPTY = """
SELECT name FROM system.tables WHERE database = currentDatabase() AND total_rows = 0
"""
FILE = Path(__file__).parents[1] / "integration" / "store" / "rows.json"


def made(engine: Engine, version: int) -> dict[str, list[dict[str, object]]]:
    """Bring an empty database to a version, fill its tables; return their rows."""
    engine.command(_RECORD)
    for migration in migrations():
        if migration.version <= version:
            for statement in migration.statements:
                engine.command(statement)
            record(engine, migration.version, migration.name)
    return filled(engine)


def record(engine: Engine, version: int, name: str) -> None:
    """Note that a migration was applied."""
    engine.insert("schema_migrations", pa.table({"version": [version], "name": [name]}))


def filled(engine: Engine) -> dict[str, list[dict[str, object]]]:
    """Fill tables that are empty; return the rows of all."""
    tables = Tables(engine)
    kept = json.loads(FILE.read_text())
    for table in empty_tables(engine):
        lines = [msgspec.json.encode(row) for row in kept.get(table.name, [])]
        if lines:
            tables.write_rows(table, from_lines(lines, tables.table_schema(table)))
        else:
            one_row(engine, table)
    return rows_of(engine)


def empty_tables(engine: Engine) -> list[Table]:
    """Return the tables in which nothing is, of those that hold something of their own."""
    names = {name for (name,) in engine.rows(EMPTY)}
    return [table for table in Tables(engine).kept_tables() if table.name in names]


def one_row(engine: Engine, table: Table) -> None:
    """Write a row of defaults into a table."""
    name, kind = next(iter(table.columns.items()))
    engine.command(f"INSERT INTO `{table.name}` (`{name}`) SELECT defaultValueOfTypeName('{kind}')")


def rows_of(engine: Engine) -> dict[str, list[dict[str, object]]]:
    """Return the rows of every table that holds something of its own, in one order."""
    return {
        table.name: sorted(engine.arrow(_selected(table, "1"), _EXACT).to_pylist(), key=repr)
        for table in Tables(engine).kept_tables()
    }


def main() -> None:
    """Write the rows of a store with something in every table."""
    from overheal.store import open_store
    from tests.integration.store import everything

    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "store") as store:
        everything.filled(store, events=2)
        found = {
            table.name: [
                json.loads(line)
                for batch in store.table_rows(table)
                for line in to_lines(batch).splitlines()
            ]
            for table in store.kept_tables()
        }
    FILE.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()

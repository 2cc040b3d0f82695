"""`overheal import`: what an export holds, put into a store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from overheal.errors import InputError
from overheal.run.transfer.lines import from_lines
from overheal.run.transfer.manifest import Exported, Manifest, check, read
from overheal.secret import Secret
from overheal.store import Store
from overheal.store.tables import Table

ROWS_PER_WRITE = 25_000


@dataclass(frozen=True)
class Taken:
    """What an import did: its manifest, and rows per table."""

    manifest: Manifest
    rows: dict[str, int]


def checked(folder: Path, key: Secret | None) -> Manifest:
    """Return the manifest of an export whose files are all as they were written.

    Raises `InputError` where they are not, or the key has not signed it.
    """
    manifest = read(folder)
    check(folder, manifest, key)
    return manifest


def take(store: Store, folder: Path, key: Secret | None) -> Taken:
    """Put an export into a store; rows that are there already stay one.

    Everything is checked before anything is written. Cut off half-way, run it again: nothing is
    counted twice. Raises `InputError` for an export that is damaged or newer than this version.
    """
    manifest = checked(folder, key)
    tables = {table.name: table for table in store.kept_tables()}
    if manifest.store_version > store.schema_version():
        raise InputError(
            f"{folder} was exported from a store of version {manifest.store_version}, this one is "
            f"of version {store.schema_version()}; upgrade overheal"
        )
    pairs = [(entry, _narrowed(tables, entry, folder)) for entry in manifest.tables]
    rows = {}
    for entry, table in pairs:
        for columns in _read(folder / entry.file, entry, store.table_schema(table)):
            store.write_rows(table, columns)
        rows[entry.table] = entry.rows
    return Taken(manifest, rows)


def _narrowed(tables: dict[str, Table], entry: Exported, folder: Path) -> Table:
    """Return the table with the columns that the export has; the others keep their defaults."""
    table = tables.get(entry.table)
    unknown = [] if table is None else [name for name in entry.columns if name not in table.columns]
    if table is None or unknown:
        what = f"column {unknown[0]} of {entry.table}" if unknown else f"table {entry.table}"
        raise InputError(f"{folder} has a {what} that this version does not know; upgrade overheal")
    kept = {name: table.columns[name] for name in entry.columns}
    return Table(table.name, kept, table.key, table.partition, table.replacing)


def _read(path: Path, entry: Exported, schema: pa.Schema) -> Iterator[pa.Table]:
    try:
        if path.suffix == ".parquet":
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(ROWS_PER_WRITE):
                    yield pa.Table.from_batches([batch]).select(schema.names).cast(schema)
        else:
            with path.open("rb") as lines:
                yield from _of_lines(lines, schema)
    except (ValueError, KeyError, pa.ArrowException) as error:
        raise InputError(f"{path} cannot be read as {entry.table}: {error}") from None


def _of_lines(file: BinaryIO, schema: pa.Schema) -> Iterator[pa.Table]:
    while lines := list(islice(file, ROWS_PER_WRITE)):
        yield from_lines(lines, schema)

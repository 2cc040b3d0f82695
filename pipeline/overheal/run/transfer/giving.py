"""`overheal export`: a store, or a part of it, as files with a manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

import overheal
from overheal.run.appearing import new_folder
from overheal.run.moments import rfc3339
from overheal.run.transfer.choice import Choice, condition
from overheal.run.transfer.lines import to_lines
from overheal.run.transfer.manifest import NAME, Exported, Manifest, sign, written
from overheal.secret import Secret
from overheal.store import Store
from overheal.store.tables import Table

_ROWS_PER_GROUP = 100_000


def give(  # noqa: PLR0917 - what is given, where, how, and with which seal
    store: Store, choice: Choice, out: Path, kind: str, key: Secret | None, now: int
) -> Manifest:
    """Write the chosen rows of every table into the new folder `out`; return the manifest.

    `kind` is `parquet` or `jsonl`. The folder appears whole or not at all. Raises `OutputError`
    where it exists or cannot be written, and what reading raises.
    """
    with new_folder(out) as folder:
        manifest = Manifest(
            created_at=rfc3339(now) or "",
            version=overheal.__version__,
            store_version=store.schema_version(),
            format=kind,
            complete=choice.everything,
            filters=choice.filters(),
            tables=[],
            left_out={},
        )
        for table in store.kept_tables():
            chosen = condition(table, choice)
            if isinstance(chosen, str):
                manifest.left_out[table.name] = chosen
                continue
            where, values = chosen
            rows = store.table_rows(table, where, **values)
            manifest.tables.append(_given(folder, table, kind, store.table_schema(table), rows))
        if key is not None:
            sign(manifest, key)
        (folder / NAME).write_bytes(written(manifest))
    return manifest


def _given(
    folder: Path, table: Table, kind: str, schema: pa.Schema, batches: Iterator[pa.RecordBatch]
) -> Exported:
    name = f"{table.name}.{kind}"
    rows = 0
    with (folder / name).open("wb") as raw:
        file = _Hashed(raw)
        with (_parquet if kind == "parquet" else _lines)(file, schema) as put:
            for batch in batches:
                put(batch)
                rows += batch.num_rows
    return Exported(
        table=table.name,
        file=name,
        rows=rows,
        bytes=file.size,
        sha256=file.digest.hexdigest(),
        columns=table.columns,
    )


@contextmanager
def _parquet(file: _Hashed, schema: pa.Schema) -> Iterator[Callable[[pa.RecordBatch], None]]:
    """Yield what takes batches; the file is whole once the block has ended well."""
    writer = pq.ParquetWriter(pa.PythonFile(file, "w"), schema, compression="zstd")
    waiting: list[pa.RecordBatch] = []

    def put(batch: pa.RecordBatch) -> None:
        waiting.append(batch)
        if sum(one.num_rows for one in waiting) >= _ROWS_PER_GROUP:
            flush()

    def flush() -> None:
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting, schema))
            waiting.clear()

    try:
        yield put
        flush()
    except BaseException:
        file.give_up()  # a writer writes the end of its file even so
        raise
    finally:
        writer.close()


def _lines(
    file: _Hashed, _schema: pa.Schema
) -> AbstractContextManager[Callable[[pa.RecordBatch], object]]:
    return nullcontext(lambda batch: file.write(to_lines(batch)))


class _Hashed:
    """A file whose bytes are hashed and counted on their way."""

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.size = 0
        self._given_up = False

    def give_up(self) -> None:
        """Drop whatever is still written."""
        self._given_up = True

    def write(self, content: Any) -> int:
        data = bytes(content)
        if self._given_up:
            return len(data)
        self.digest.update(data)
        self.size += len(data)
        return self._file.write(data)

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        """Leave closing to whoever opened it."""

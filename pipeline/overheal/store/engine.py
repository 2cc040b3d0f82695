"""The one place that talks to the driver: statements, inserts, streams, and what errors mean."""

from __future__ import annotations

import errno
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.exceptions import ClickHouseError

from overheal.errors import StoreBusy, StoreError
from overheal.store.owner import busy, engine_holder

INSERT_SETTINGS: Mapping[str, Any] = {
    "async_insert": 0,
    "insert_deduplicate": 1,
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    "max_partitions_per_insert_block": 0,
    # Repeated rows within one insert are left to merges and FINAL: sorting them out here costs
    # half as much as the whole insert.
    "optimize_on_insert": 0,
}
_FULL = re.compile(r"No space left on device|errno: ?28\b|NOT_ENOUGH_SPACE")


class Engine:
    """One connection to the embedded engine; use from one thread at a time.

    `asking` guards the table of asked ids. Every method raises `StoreError` alone.
    """

    def __init__(self, folder: Path) -> None:
        self.asking = Lock()
        self._folder = folder
        with self._told():
            try:
                self._client = self._connect()
            except ClickHouseError as error:
                holder = engine_holder(folder)
                if holder is not None:
                    raise StoreBusy(busy(folder, f"process {holder}")) from None
                if "different path" in str(error) or "already initialized" in str(error):
                    raise StoreError(
                        f"{folder} cannot be opened: this process has another store open; "
                        "close that first"
                    ) from None
                raise

    def command(self, sql: str) -> None:
        """Run a statement that returns nothing."""
        with self._told():
            self._client.command(sql)

    def rows(self, sql: str, **parameters: Any) -> Sequence[Sequence[Any]]:
        """Return all rows of a small result."""
        with self._told():
            found: Sequence[Sequence[Any]] = self._client.query(
                sql, parameters=parameters
            ).result_rows
            return found

    def insert(self, table: str, columns: pa.Table, token: str) -> None:
        """Insert columns; rows sent before with the same token are dropped by the engine.

        The insert is atomic per month of event time. It is durable against the death of the
        process once this returns, not against loss of power.
        """
        settings = {**INSERT_SETTINGS, "insert_deduplication_token": token}
        with self._told():
            self._client.insert_arrow(table, columns, settings=settings)

    def stream(
        self, sql: str, settings: Mapping[str, Any], bytes_columns: Sequence[str], **parameters: Any
    ) -> Iterator[Sequence[Sequence[Any]]]:
        """Return a large result as blocks of columns, over a connection of its own.

        So other statements may run meanwhile. Closing the generator closes the connection.
        """
        formats = dict.fromkeys(bytes_columns, "bytes")
        with self._told():
            client = self._connect()
        try:
            with (
                self._told(),
                client.query_column_block_stream(
                    sql, parameters=parameters, settings=dict(settings), column_formats=formats
                ) as blocks,
            ):
                yield from blocks
        finally:
            client.close()

    def close(self) -> None:
        """Close the connection; a second call does nothing."""
        with suppress(ClickHouseError):
            self._client.close()

    def _connect(self) -> Any:
        return clickhouse_connect.get_client(interface="chdb", path=str(self._folder))

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the driver raises into a `StoreError` that says what to do."""
        try:
            yield
        except ClickHouseError as error:
            text = str(error)
            if _FULL.search(text):
                raise StoreError(self._full(self._folder)) from error
            raise StoreError(f"the store {self._folder} refused: {_sentence(text)}") from error
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise StoreError(self._full(Path(tempfile.gettempdir()))) from error
            raise StoreError(f"the store {self._folder} cannot be reached: {error}") from error

    def _full(self, place: Path) -> str:
        return (
            f"the disk that holds {place} is full; free some space there and run this again: "
            "what is stored stays, and nothing is stored twice"
        )


def _sentence(text: str) -> str:
    """Return the readable part of an engine's message, without code, version and stack."""
    first = text.split("\n", maxsplit=1)[0]
    found = re.search(r"DB::(?:\w+::)*\w*Exception: (.*)", first)
    words = (found[1] if found else first).split(" Stack trace", maxsplit=1)[0]
    return words if len(words) <= 300 else words[:299] + "…"

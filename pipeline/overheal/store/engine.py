"""The one place that talks to the driver: statements, inserts, streams."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Any, Self

import pyarrow as pa
from clickhouse_connect.driver.exceptions import ClickHouseError

from overheal.store.connection import Connection

INSERT_SETTINGS: Mapping[str, Any] = {
    "async_insert": 0,
    "insert_deduplicate": 1,
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    "max_partitions_per_insert_block": 0,
    # Repeated rows within one insert are left to merges and FINAL: sorting them out here costs
    # half as much as the whole insert.
    "optimize_on_insert": 0,
}

SPILLING: Mapping[str, Any] = {
    **INSERT_SETTINGS,
    "max_bytes_before_external_group_by": 500_000_000,
    "max_bytes_before_external_sort": 500_000_000,
}
"""For an insert of what is grouped and sorted: what that needs beyond this goes to disk."""

SORTED: Mapping[str, Any] = {
    # What a sort needs beyond this goes to the store's own disk; small blocks, since the merge of
    # the sorted runs holds one of each.
    "max_bytes_before_external_sort": 100_000_000,
    "max_bytes_ratio_before_external_sort": 0,
    "max_block_size": 1024,
    "max_threads": 1,
}


class Engine:
    """One connection; use from one thread at a time, and `another` for another thread.

    Every method raises `StoreUnavailable` where the same call may succeed later, and `StoreError`
    where it cannot. `asking` guards the table of asked ids among the engines of one process.
    """

    def __init__(self, connection: Connection, asking: Lock | None = None) -> None:
        self.connection = connection
        self.asking = asking or Lock()
        self._client = connection.client()

    def another(self) -> Self:
        """Return a second engine on the same store, to be used and closed on its own."""
        return type(self)(self.connection, self.asking)

    def command(
        self, sql: str, settings: Mapping[str, Any] | None = None, **parameters: Any
    ) -> None:
        """Run a statement that returns nothing."""
        with self._told():
            self._client.command(sql, parameters=parameters or None, settings=dict(settings or {}))

    def rows(
        self, sql: str, settings: Mapping[str, Any] | None = None, **parameters: Any
    ) -> Sequence[Sequence[Any]]:
        """Return all rows of a small result."""
        with self._told():
            found: Sequence[Sequence[Any]] = self._client.query(
                sql, parameters=parameters, settings=dict(settings or {})
            ).result_rows
            return found

    def insert(self, table: str, columns: pa.Table, token: str = "") -> None:
        """Insert columns; rows sent before with the same token are dropped by the engine.

        Without a token there is one that never repeats, so that the driver may send an insert
        again whose answer got lost. The insert is atomic per month of event time. It is durable
        against the death of the process once this returns, not against loss of power.
        """
        settings = {**INSERT_SETTINGS, "insert_deduplication_token": token or uuid.uuid4().hex}
        with self._told():
            self._client.insert_arrow(table, columns, settings=settings)

    def stream(
        self, sql: str, settings: Mapping[str, Any], bytes_columns: Sequence[str], **parameters: Any
    ) -> Iterator[Sequence[Sequence[Any]]]:
        """Return a large result as blocks of columns, over a connection of its own.

        So other statements may run meanwhile. Closing the generator closes the connection.
        """
        formats = dict.fromkeys(bytes_columns, "bytes")
        client = self.connection.client()
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

    def arrow(self, sql: str, settings: Mapping[str, Any], **parameters: Any) -> pa.Table:
        """Return a small result as Arrow columns."""
        with self._told():
            return self._client.query_arrow(sql, parameters=parameters, settings=dict(settings))

    def raw(self, sql: str, settings: Mapping[str, Any], **parameters: Any) -> bytes:
        """Return a result as an Arrow stream, untouched."""
        with self._told():
            found: bytes = self._client.raw_query(
                sql, parameters=parameters, settings=dict(settings), fmt="ArrowStream"
            )
            return found

    def arrow_stream(
        self,
        sql: str,
        settings: Mapping[str, Any],
        *,
        use_strings: bool | None = None,
        **parameters: Any,
    ) -> Iterator[pa.RecordBatch]:
        """Return a large result as Arrow batches, over a connection of its own, as `stream`."""
        client = self.connection.client()
        try:
            with (
                self._told(),
                client.query_arrow_stream(
                    sql, parameters=parameters, settings=dict(settings), use_strings=use_strings
                ) as batches,
            ):
                for batch in batches:
                    yield from batch.to_batches() if isinstance(batch, pa.Table) else [batch]
        finally:
            client.close()

    def close(self) -> None:
        """Close the connection; a second call does nothing."""
        with suppress(ClickHouseError, OSError):
            self._client.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the driver raises into a `StoreError` that says what to do."""
        try:
            yield
        except (ClickHouseError, OSError) as error:
            raise self.connection.explained(error) from error

"""Bringing a store to this version's tables: forward only, and safe to interrupt anywhere."""

from __future__ import annotations

import re
import time

import pyarrow as pa

from overheal.errors import ConfigError, StoreError, StoreNewer, StoreUnavailable
from overheal.store.engine import Engine
from overheal.store.failures import code
from overheal.store.sql import migrations, query

RETENTION_DAYS = 400
RETENTION_LEAST = 90
_UNKNOWN_TABLE = 60
_TRIES = 5
_FACTS_DAYS = 7
"""So much longer than events the facts of actions stay: where something comes late, hours that are
settled are counted anew with those of some days before (`settling.REACH`)."""

_EXPIRING = {
    "action_events": ("toDateTime(received_at)", 0),
    "observations": ("toDateTime(received_at)", 0),
    "event_names": ("toDateTime(written_at)", 0),
    "causal_claims": ("toDateTime(written_at)", 0),
    "causal_edges": ("toDateTime(intDiv(version, 1000000))", 0),
    "causal_roots": ("toDateTime(intDiv(version, 1000000))", 0),
    "field_writes": ("toDateTime(received_at)", 0),
    "action_facts": ("toDateTime(received_at)", _FACTS_DAYS),
    "kpi_actions": ("hour", _FACTS_DAYS),
}
"""Tables whose rows expire, the moment from which that counts, and days beyond those of events."""

_TTL = re.compile(r" TTL .* \+ toIntervalDay\((\d+)\)")
_RECORD = """
CREATE TABLE IF NOT EXISTS schema_migrations
(
    version UInt32,
    name String,
    applied_at DateTime DEFAULT now()
)
ENGINE = ReplacingMergeTree ORDER BY version
"""


def migrate(engine: Engine) -> list[int]:
    """Apply the migrations that are missing; return their numbers.

    Every statement may be run again, and a migration is recorded after its last one, so that one
    cut off half-way is run again from its start. Two processes may do it at once: each repeats a
    statement that the other one got in the way of. Raises `StoreNewer`, having changed nothing,
    where the store knows migrations that this version does not.
    """
    _insistently(engine, _RECORD)
    done = _applied(engine)
    _refuse_newer(engine, done)
    applied = []
    for migration in migrations():
        if migration.version in done:
            continue
        for statement in migration.statements:
            _insistently(engine, statement)
        record = pa.table({"version": [migration.version], "name": [migration.name]})
        engine.insert("schema_migrations", record)
        applied.append(migration.version)
    return applied


def verify(engine: Engine) -> None:
    """Raise `StoreError` with the command that helps where migrations are missing.

    Raises `StoreNewer` where the store knows some that this version does not.
    """
    try:
        done = _applied(engine)
    except StoreError as error:
        if code(error) != _UNKNOWN_TABLE:
            raise
        done = set()
    _refuse_newer(engine, done)
    if not done.issuperset(migration.version for migration in migrations()):
        raise StoreError(lacking(engine.connection.name))


def lacking(name: str) -> str:
    """Return the sentence for a server without this version's tables."""
    return (
        f"the store {name} lacks tables that this version of overheal needs; "
        f"run: overheal migrate --server {name}"
    )


def expire(engine: Engine, days: int | None) -> None:
    """Let events expire `days` after they were received; None leaves what is set, or sets 400.

    What is worked out from each event expires with it. Recoveries are settled by then: a view of
    the server does that daily. Raises `ConfigError` for fewer than 90 days, having changed nothing.
    """
    refuse_short(days)
    _insistently(
        engine,
        "CREATE MATERIALIZED VIEW IF NOT EXISTS recoveries_settling REFRESH EVERY 1 DAY APPEND "
        f"TO recoveries_settled AS {query('settle')}",
    )
    wanted = days if days is not None else retention(engine) or RETENTION_DAYS
    for table, (moment, more) in _EXPIRING.items():
        if retention(engine, table) != wanted + more:
            _insistently(
                engine,
                f"ALTER TABLE {table} MODIFY TTL {moment} + toIntervalDay({wanted + more}) "
                # Without a moment of receipt a row stays: it would be gone at once otherwise.
                f"DELETE WHERE {moment} > toDateTime(0)",
            )


def refuse_short(days: int | None) -> None:
    """Raise `ConfigError` for a retention of fewer than 90 days."""
    if days is not None and days < RETENTION_LEAST:
        raise ConfigError(
            f"events cannot expire after {days} days: trends need {RETENTION_LEAST}; give "
            f"{RETENTION_LEAST} or more"
        )


def retention(engine: Engine, table: str = "action_events") -> int | None:
    """Return after how many days the rows of a table expire, or None for never."""
    rows = engine.rows(
        "SELECT engine_full FROM system.tables "
        "WHERE database = currentDatabase() AND name = {table:String}",
        table=table,
    )
    found = _TTL.search(rows[0][0]) if rows else None
    return int(found[1]) if found else None


def _applied(engine: Engine) -> set[int]:
    return {row[0] for row in engine.rows("SELECT version FROM schema_migrations")}


def _refuse_newer(engine: Engine, done: set[int]) -> None:
    newest = max(migration.version for migration in migrations())
    if done and max(done) > newest:
        raise StoreNewer(
            f"the store {engine.connection.name} was written by a newer version of overheal (its "
            f"tables are at version {max(done)}, this one knows {newest}); upgrade overheal, or "
            "name another store"
        )


def _insistently(engine: Engine, statement: str) -> None:
    """Run a statement, again where somebody else is changing the same table."""
    for left in reversed(range(_TRIES)):
        try:
            engine.command(statement)
        except StoreUnavailable:
            raise
        except StoreError:
            if engine.connection.alone or not left:
                raise
            time.sleep(0.2 * (_TRIES - left))
        else:
            return

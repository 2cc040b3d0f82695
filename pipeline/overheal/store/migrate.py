"""Bringing a store to this version's tables: forward only, and safe to interrupt anywhere."""

from __future__ import annotations

import pyarrow as pa

from overheal.errors import StoreNewer
from overheal.store.engine import Engine
from overheal.store.sql import migrations

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
    cut off half-way is run again from its start. Raises `StoreNewer`, having changed nothing,
    where the store knows migrations that this version does not.
    """
    engine.command(_RECORD)
    done = {row[0] for row in engine.rows("SELECT version FROM schema_migrations")}
    newest = max((migration.version for migration in migrations()), default=0)
    if done and max(done) > newest:
        raise StoreNewer(
            f"the store was written by a newer version of overheal (its tables are at version "
            f"{max(done)}, this one knows {newest}); upgrade overheal, or name another folder"
        )
    applied = []
    for migration in migrations():
        if migration.version in done:
            continue
        for statement in migration.statements:
            engine.command(statement)
        record = pa.table({"version": [migration.version], "name": [migration.name]})
        engine.insert("schema_migrations", record, token="")
        applied.append(migration.version)
    return applied

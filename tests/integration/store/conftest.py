"""One store a module: the engine takes one folder at a time in a process.

`store` runs a test twice: on the embedded engine, and on a server over HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from overheal.secret import Secret
from overheal.store import ServerAddress, Store, open_store
from tests.support import servers
from tests.support.migrated import migrated, migrated_folder

FULL = """
SELECT name FROM system.tables
WHERE database = currentDatabase() AND name != 'schema_migrations'
    AND endsWith(engine, 'MergeTree') AND total_rows > 0
"""


def address(url: str, **changes: Any) -> ServerAddress:
    """Return the address of a server by a URL that holds credentials."""
    parts = urlsplit(url)
    fields: dict[str, Any] = {
        "url": f"{parts.scheme}://{parts.hostname}:{parts.port}{parts.path}",
        "username": unquote(parts.username or "default"),
        "password": Secret(unquote(parts.password or "")),
    }
    return ServerAddress(**(fields | changes))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to long runs what a server is asked by other tests already."""
    for item in items:
        if item.get_closest_marker("embedded_will_do") and "[server" in item.name:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="module", params=["embedded", "server"])
def module_store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    if request.param == "embedded":
        with open_store(migrated_folder(tmp_path_factory.mktemp("store"))) as store:
            yield store
        return
    with servers.database_on(request.getfixturevalue("clickhouse_server")) as database:
        migrated(address(database.url))
        with open_store(address(database.url)) as store:
            yield store


@pytest.fixture
def store(module_store: Store) -> Store:
    """An empty store; `empty` does it again."""
    empty(module_store)
    return module_store


def empty(store: Store) -> None:
    for (table,) in store._engine.rows(FULL):
        store._engine.command(f"TRUNCATE TABLE `{table}`")

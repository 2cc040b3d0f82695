"""One store a module: the engine takes one folder at a time in a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from overheal.store import Store, open_store

TABLES = ("action_events", "observations", "findings", "dead_letters", "ingest_ranges")


@pytest.fixture(scope="module")
def module_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture
def store(module_store: Store) -> Store:
    """An empty store; `empty` does it again."""
    empty(module_store)
    return module_store


def empty(store: Store) -> None:
    for table in TABLES:
        store._engine.command(f"TRUNCATE TABLE {table}")

"""One store for all of these tests: the engine takes one folder at a time in a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from overheal.store import Store, open_store
from tests.integration.store.conftest import empty
from tests.support.migrated import migrated_folder


@pytest.fixture(scope="module")
def module_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(migrated_folder(tmp_path_factory.mktemp("backtest"))) as store:
        yield store


@pytest.fixture
def store(module_store: Store) -> Store:
    empty(module_store)
    return module_store

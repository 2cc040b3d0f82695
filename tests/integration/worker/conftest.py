"""Installations for the worker's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support import servers
from tests.support.plant import Plant


@pytest.fixture
def plants(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Plant]]:
    """Makes installations on given servers; kills their processes at the end.

    From the server that all tests share their databases go, too: each costs it memory and work.
    """
    shared = "clickhouse_server" in request.fixturenames
    with ExitStack() as stack:

        def make(bootstrap: str, url: str, **options: Any) -> Plant:
            plant = Plant(bootstrap, url, tmp_path, **{"forked": True, **options})
            if shared and url == request.getfixturevalue("clickhouse_server"):
                stack.callback(servers.drop, url, plant.database)
            stack.callback(plant.stop)
            return plant

        yield make


@pytest.fixture
def plant(plants: Callable[..., Plant], kafka: servers.Kafka, clickhouse_server: str) -> Plant:
    """An installation on the shared servers."""
    return plants(kafka.bootstrap, clickhouse_server)

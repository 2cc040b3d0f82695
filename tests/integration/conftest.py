"""Real servers: a Kafka broker and a ClickHouse, shared where they are left whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support import servers
from tests.support.broker import LocalKafka
from tests.support.chdb_front import ChdbFront
from tests.support.topics import Topics


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Kafka]:
    """The broker that all tests share: leave it running."""
    with servers.shared_kafka(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture
def topics(kafka: servers.Kafka) -> Topics:
    """Makes topics on the shared broker, under a prefix of the test's own."""
    return Topics(kafka.client())


@pytest.fixture
def local_kafka(tmp_path: Path) -> Iterator[Callable[..., LocalKafka]]:
    """Starts clusters of the test's own: `local_kafka(brokers=3, security="ssl")`."""
    with ExitStack() as stack:

        def start(**options: Any) -> LocalKafka:
            folder = tmp_path / f"kafka-{len(list(tmp_path.glob('kafka-*')))}"
            cluster = servers.local_kafka(folder, **options)
            stack.callback(cluster.stop)
            cluster.start()
            return cluster

        yield start


@pytest.fixture
def own_kafka(local_kafka: Callable[..., LocalKafka]) -> LocalKafka:
    """A broker of the test's own, to kill, pause and restart."""
    return local_kafka()


@pytest.fixture(scope="session")
def clickhouse_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the ClickHouse that all tests share."""
    with servers.shared_clickhouse(tmp_path_factory.mktemp("clickhouse")) as url:
        yield url


@pytest.fixture
def clickhouse(clickhouse_server: str) -> Iterator[servers.Database]:
    """An empty database of the test's own on the shared ClickHouse."""
    with servers.database_on(clickhouse_server) as database:
        yield database


@pytest.fixture
def local_clickhouse(tmp_path: Path) -> Iterator[Callable[..., ChdbFront]]:
    """Starts fronts of the test's own: `local_clickhouse(user="a", password="b", tls=True)`."""
    with ExitStack() as stack:

        def start(**options: Any) -> ChdbFront:
            folder = tmp_path / f"clickhouse-{len(list(tmp_path.glob('clickhouse-*')))}"
            front = ChdbFront(folder, **options)
            stack.callback(front.kill)
            front.start()
            return front

        yield start


@pytest.fixture
def own_clickhouse(local_clickhouse: Callable[..., ChdbFront]) -> ChdbFront:
    """A ClickHouse of the test's own, with a wire to break; it starts in a second."""
    return local_clickhouse()

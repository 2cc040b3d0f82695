"""Which Kafka and which ClickHouse a test gets: given, from Docker, or a process of its own."""

from __future__ import annotations

import os
import uuid
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Protocol
from urllib.parse import unquote, urlsplit

import clickhouse_connect
import pytest

from tests.support import broker_files
from tests.support.broker import LocalKafka
from tests.support.chdb_front import ChdbFront

KAFKA_IMAGE = "confluentinc/cp-kafka:7.6.0"
CLICKHOUSE_IMAGE = "clickhouse/clickhouse-server:latest"


class Kafka(Protocol):
    """A broker that tests share."""

    @property
    def bootstrap(self) -> str: ...

    def client(self) -> dict[str, str]: ...


@dataclass(frozen=True)
class GivenKafka:
    """A broker that runs elsewhere, without security."""

    bootstrap: str

    def client(self) -> dict[str, str]:
        return {"bootstrap.servers": self.bootstrap}


@dataclass(frozen=True)
class Database:
    """One database on a ClickHouse server; the URL names both."""

    server: str
    name: str

    @property
    def url(self) -> str:
        return f"{self.server}/{self.name}"

    def client(self, **options: Any) -> Any:
        """Return the driver's client on this database; close it after use."""
        return connect(self.server, self.name, **options)


def connect(server: str, database: str = "default", **options: Any) -> Any:
    """Return the driver's client for `http://user:password@host:port`."""
    parts = urlsplit(server)
    return clickhouse_connect.get_client(
        interface=parts.scheme,
        host=parts.hostname,
        port=parts.port,
        username=unquote(parts.username or "default"),
        password=unquote(parts.password or ""),
        database=database,
        **options,
    )


@contextmanager
def database_on(server: str) -> Iterator[Database]:
    """Make a database for one test."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    client = connect(server)
    try:
        client.command(f"CREATE DATABASE {name}")
        yield Database(server, name)
        client.command(f"DROP DATABASE {name} SYNC")
    finally:
        client.close()


def drop(server: str, database: str) -> None:
    """Drop a database, once whatever is still written to it has ended."""
    client = connect(server)
    try:
        client.command(f"DROP DATABASE IF EXISTS {database} SYNC")
    finally:
        client.close()


@contextmanager
def shared_kafka(folder: Path) -> Iterator[Kafka]:
    """Yield the broker that the environment names, or Docker's, or a local one."""
    with ExitStack() as stack:
        if given := os.environ.get("TEST_KAFKA"):
            yield GivenKafka(given)
        elif (container := _kafka_container()) is not None:
            stack.callback(container.stop)
            yield GivenKafka(container.get_bootstrap_server())
        else:
            local = local_kafka(folder)
            stack.callback(local.stop)
            local.start()
            yield local


@contextmanager
def shared_clickhouse(folder: Path) -> Iterator[str]:
    """Yield the server's URL that the environment names, or of Docker's, or of the front."""
    with ExitStack() as stack:
        if given := os.environ.get("TEST_CLICKHOUSE"):
            yield given.rstrip("/")
        elif (container := _clickhouse_container()) is not None:
            stack.callback(container.stop)
            address = f"{container.get_container_host_ip()}:{container.get_exposed_port(8123)}"
            yield f"http://test:test@{address}"
        else:
            front = ChdbFront(folder)
            stack.callback(front.kill)
            front.start()
            yield front.url


def local_kafka(folder: Path, **options: Any) -> LocalKafka:
    """Return a cluster that is not started; skips or, under CI, fails where it cannot be."""
    if lack := broker_files.missing():
        lacking(f"no local Kafka broker: {lack}")
    return LocalKafka(folder, **options)


def lacking(reason: str) -> NoReturn:
    """Skip the test; under CI fail it."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _docker() -> bool:
    """Return whether a Docker engine answers."""
    host = os.environ.get("DOCKER_HOST", "")
    if not host and not Path("/var/run/docker.sock").exists():
        return False
    with suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import docker  # type: ignore[import-untyped]

        client = docker.from_env(timeout=2)
        try:
            return bool(client.ping())
        finally:
            client.close()
    return False


def _kafka_container() -> Any:
    if not _docker():
        return None
    with suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from testcontainers.kafka import KafkaContainer

        container = KafkaContainer(KAFKA_IMAGE).with_kraft()
        container.with_env("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
        container.with_env("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0")
        container.with_env("KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS", "500")
        return container.start(timeout=60)
    return None


def _clickhouse_container() -> Any:
    if not _docker():
        return None
    with suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from testcontainers.clickhouse import ClickHouseContainer

        return ClickHouseContainer(CLICKHOUSE_IMAGE).start()
    return None

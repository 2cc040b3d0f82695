"""Entering a guarded Kafka and a guarded ClickHouse with secrets from files; nothing shows them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from overheal.kafka import topics
from overheal.run import config as configuration
from overheal.run.topics import specifications
from overheal.store.client import migrate_server
from tests.support import children
from tests.support.broker import LocalKafka
from tests.support.broker_files import USERS
from tests.support.chdb_front import ChdbFront
from tests.support.command import OVERHEAL, ROOT

WORD = "a word for the store"


class Guarded:
    """An installation whose processes show who they are; `run` starts one of them."""

    def __init__(self, folder: Path, kafka: str, store: ChdbFront) -> None:
        self.folder = folder
        self.path = folder / "guarded.toml"
        self.word = folder / "word"
        self.word.write_text(f"{WORD}\n")
        address = store.url.partition("://")[0] + "://" + store.url.rpartition("@")[2]
        self.path.write_text(
            f'[kafka]\n{kafka}\nprefix = "g."\npartitions = 1\n'
            f'[store]\nserver = "{address}/default"\nusername = "keeper"\n'
            f'password_file = "{self.word}"\nca_file = "{store.authority}"\n'
            '[operations]\nlisten = ""\n[log]\nformat = "text"\nlevel = "debug"\n'
            "[worker]\nretention_days = 20000\nflush_seconds = 0.2\n"
        )
        self.config = configuration.load(str(self.path), None, {})

    def prepare(self) -> None:
        topics.create(self.config.kafka, specifications(self.config))
        assert self.config.store is not None
        migrate_server(self.config.store)  # type: ignore[arg-type]

    def run(self, command: str) -> tuple[int, str]:
        """Run a command for ten seconds at most, and return its exit code and what it said."""
        log = self.folder / f"{command}.log"
        with log.open("wb") as output:
            child = children.start(
                [OVERHEAL, command, "--config", str(self.path)],
                cwd=ROOT,
                stdout=output,
                stderr=output,
            )
            try:
                children.until(
                    lambda: child.poll() is not None or "told again" in log.read_text(),
                    command,
                )
                if child.poll() is None:
                    child.terminate()
                return child.wait(60), log.read_text()
            finally:
                children.kill(child)


@pytest.fixture
def guarded_store(local_clickhouse: Callable[..., ChdbFront]) -> ChdbFront:
    return local_clickhouse(user="keeper", password=WORD, tls=True)


def test_scram_and_tls_with_secrets_from_files_let_a_worker_in(
    tmp_path: Path, local_kafka: Callable[..., LocalKafka], guarded_store: ChdbFront
):
    cluster = local_kafka(security="sasl")
    secret = tmp_path / "kafka-word"
    secret.write_text(USERS["worker"] + "\n")
    site = Guarded(
        tmp_path,
        f'bootstrap = "{cluster.bootstrap}"\nsecurity = "sasl_plaintext"\n'
        f'sasl_mechanism = "SCRAM-SHA-512"\nusername = "worker"\npassword_file = "{secret}"',
        guarded_store,
    )
    site.prepare()
    code, said = site.run("worker")
    assert code == 0, said
    assert "everything read is stored and committed" in said
    assert USERS["worker"] not in said
    assert WORD not in said

    secret.write_text("not the word\n")
    code, said = site.run("worker")
    assert code == 1, said
    assert "check [kafka] username and password" in said
    assert "Traceback" not in said
    assert "not the word" not in said

    secret.write_text(USERS["worker"] + "\n")
    site.word.write_text("another word\n")
    code, said = site.run("worker")
    assert code == 1, said
    assert "password" in said
    assert "Traceback" not in said
    assert "another word" not in said


def test_a_certificate_of_ones_own_authority_lets_a_worker_in(
    tmp_path: Path, local_kafka: Callable[..., LocalKafka], guarded_store: ChdbFront
):
    cluster = local_kafka(security="ssl")
    authority = cluster.client()["ssl.ca.location"]
    site = Guarded(
        tmp_path,
        f'bootstrap = "{cluster.bootstrap}"\nsecurity = "ssl"\nca_file = "{authority}"',
        guarded_store,
    )
    site.prepare()
    code, said = site.run("worker")
    assert code == 0, said
    assert "everything read is stored and committed" in said

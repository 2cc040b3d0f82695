"""A whole installation for tests: topics, a database, and processes that can be killed anywhere."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from overheal.catalog import Catalog
from overheal.kafka import topics
from overheal.kafka.settings import KafkaSettings, TopicNames
from overheal.model import Event, Finding, Status
from overheal.run import config as configuration
from overheal.run.config import Config
from overheal.run.topics import specifications
from overheal.store import Store, open_store
from tests.support import children, command, forking
from tests.support.command import OVERHEAL, ROOT
from tests.support.migrated import migrated

Verdict = tuple[str, tuple[str, ...]]
"""What must be equal of a finding: its tier, and its members in order."""


class Plant:
    """One installation: `bootstrap` of a broker, `url` of a ClickHouse server without a database.

    Its topics and its database have names of their own, so that many share one broker. Its
    processes are the installed command, or with `forked` the same code without its imports' time.
    """

    def __init__(
        self,
        bootstrap: str,
        url: str,
        folder: Path,
        *,
        partitions: int = 3,
        text: str = "",
        forked: bool = False,
    ) -> None:
        name = f"p{uuid.uuid4().hex[:10]}"
        scheme, _, rest = url.partition("://")
        self.database = name
        self.folder = folder
        self.partitions = partitions
        self.forked = forked
        self.catalog = Catalog()
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{name}.toml"
        self.path.write_text(
            f'[kafka]\nbootstrap = "{bootstrap}"\nprefix = "{name}."\npartitions = {partitions}\n'
            f'[store]\nserver = "{scheme}://{rest.rpartition("@")[2]}/{name}"\n'
            f"timeout_seconds = 20\n"
            f'[operations]\nlisten = ""\n[log]\nformat = "text"\n'
            f"[fleet]\nhold_seconds = 30\n"
            f"[worker]\nretention_days = 20000\nflush_seconds = 0.2\n{text}"
        )
        self.config: Config = configuration.load(str(self.path), None, {})
        self.kafka = KafkaSettings(bootstrap)
        self.names: TopicNames = self.config.topics
        self._running: list[Process] = []
        self._store: Store | None = None
        topics.create(self.kafka, specifications(self.config))
        assert self.config.store is not None
        migrated(self.config.store)  # type: ignore[arg-type]

    def produce(self, events: Sequence[Event], *, rng: random.Random | None = None) -> None:
        """Write events to the canonical topic, keyed by scope; with `rng` some of them twice."""
        made = Producer(self.kafka.producer())
        for event in events:
            key = self.catalog.place(event).scope.replace("\0", "/", 1).encode()
            for _ in range(1 + (rng is not None and rng.random() < 0.1)):
                while True:
                    try:
                        made.produce(self.names.events, event.document, key)
                    except BufferError:
                        made.poll(0.1)
                    else:
                        break
            made.poll(0)
        assert made.flush(60) == 0

    def start(self, command: str = "worker", *, dies: str = "", **environment: str) -> Process:
        """Start `overheal worker`, `fleet` or `ingest`; `dies`, for forked ones, is as `doomed` says."""
        process = Process(self, command, dies, environment)
        self._running.append(process)
        return process

    def stop(self) -> None:
        """Kill whatever still runs, and let go of the store."""
        for process in self._running:
            process.kill()
        if self._store is not None:
            self._store.close()

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Yield the store, which stays open: opening it costs more than most questions."""
        assert self.config.store is not None
        if self._store is None:
            self._store = open_store(self.config.store)
        yield self._store

    def read(self) -> int:
        """Return how many records of the topic of events the ledger accounts for."""
        with self.store() as store:
            return self.read_in(store)

    def read_in(self, store: Store) -> int:
        """Return how many records of the topic of events a store's ledger accounts for."""
        return sum(entry.records for entry in store.ranges(self.names.events))

    def written(self) -> int:
        """Return how many records the topic of events holds, from its offsets."""
        reader = Consumer({**self.kafka.client(), "group.id": "looking"})
        try:
            return sum(
                high - low
                for low, high in [
                    _ends(reader, self.names.events, n) for n in range(self.partitions)
                ]
            )
        finally:
            reader.close()

    def settled(self, seconds: float = children.LONG) -> None:
        """Wait until everything in the topic of events is accounted for."""
        wanted = self.written()
        with self.store() as store:
            children.until(
                lambda: self.read_in(store) >= wanted, f"{wanted} records in the ledger", seconds
            )

    def findings(self) -> dict[str, Finding]:
        """Return the findings that stand, as the store has them."""
        with self.store() as store:
            return _standing(store)

    def verdicts(self) -> dict[str, Verdict]:
        """Return what must be equal of the findings that stand."""
        with self.store() as store:
            return _verdicts(store)

    def expected(self, events: Sequence[Event]) -> dict[str, Verdict]:
        """Return what `overheal analyze` makes of the same events, at the present."""
        path = self.folder / f"{self.database}.jsonl"
        path.write_bytes(b"".join(event.document + b"\n" for event in events))
        now = datetime.now(UTC).isoformat()
        done = command.here("analyze", path, "--now", now, "--output", "json")
        assert done.returncode == 0, done.stderr.decode()
        found = json.loads(done.stdout)["findings"]
        return {one["id"]: (one["tier"], tuple(one["members"])) for one in found}

    def agrees(self, events: Sequence[Event], seconds: float = children.LONG) -> None:
        """Wait until the findings are those of `overheal analyze`; fail showing the difference."""
        wanted = self.expected(events)
        try:
            with self.store() as store:
                children.until(lambda: _verdicts(store) == wanted, "the same findings", seconds)
        except TimeoutError:
            found = self.verdicts()
            keys = {
                key for key in wanted.keys() | found.keys() if wanted.get(key) != found.get(key)
            }
            differing = {key: (found.get(key), wanted.get(key)) for key in sorted(keys)}
            assert not differing, differing

    def audit(self) -> subprocess.CompletedProcess[bytes]:
        """Run `overheal audit` to its end."""
        return command.run("audit", "--config", self.path)

    def balanced(self) -> None:
        """Fail unless the audit finds that everything is accounted for."""
        done = command.here("audit", "--config", self.path)
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()


class Process:
    """One running command of overheal, with what it says in a file."""

    def __init__(self, plant: Plant, command: str, dies: str, environment: dict[str, str]) -> None:
        self.log = plant.folder / f"{command}-{uuid.uuid4().hex[:6]}.log"
        arguments = [command, "--config", str(plant.path)]
        environment = {**os.environ, **environment}
        self._child: subprocess.Popen[bytes] | forking.Forked
        with self.log.open("wb") as output, Path(os.devnull).open("rb") as nothing:
            if plant.forked:
                streams = nothing, output, output
                self._child = forking.start(arguments, streams, env=environment, dies=dies)
                return
            self._child = children.start(
                [OVERHEAL, *arguments], cwd=ROOT, env=environment, stdout=output, stderr=output
            )

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    def said(self) -> str:
        """Return everything it has said so far."""
        return self.log.read_text(errors="replace")

    def says(self, text: str, seconds: float = children.LONG) -> None:
        """Wait until it has said something."""
        try:
            children.until(lambda: text in self.said(), text, seconds)
        except TimeoutError:
            raise AssertionError(f"never said {text!r}:\n{self.said()}") from None

    def signal(self, number: signal.Signals) -> None:
        self._child.send_signal(number)

    def died(self, seconds: float = children.LONG) -> int:
        """Wait until it has ended by itself, and return its exit code."""
        return self._child.wait(seconds)

    def end(self, seconds: float = children.LONG) -> int:
        """Ask it to stop once it can hear that, wait for it, and return its exit code."""
        children.until(self._hears, f"{self.log.name} to hear SIGTERM", seconds)
        self.signal(signal.SIGTERM)
        return self.died(seconds)

    def _hears(self) -> bool:
        """Whether it has a handler for SIGTERM, or has ended: before, a signal just kills it."""
        if not self.alive:
            return True
        status = Path(f"/proc/{self.pid}/status").read_text()
        caught = int(status.partition("SigCgt:")[2].split()[0], 16)
        return bool(caught >> (signal.SIGTERM - 1) & 1)

    def kill(self) -> None:
        """End it as a crash would."""
        if isinstance(self._child, forking.Forked):
            self._child.kill()
        else:
            children.kill(self._child)

    def pause(self) -> None:
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.signal(signal.SIGCONT)


def _standing(store: Store) -> dict[str, Finding]:
    """Return the findings of a store that stand, by id."""
    return {
        one.id: one
        for one in store.findings()
        if one.status not in (Status.RETRACTED, Status.SUPERSEDED)
    }


def _verdicts(store: Store) -> dict[str, Verdict]:
    """Return what must be equal of the findings of a store that stand."""
    return {key: (one.tier.word, tuple(one.members)) for key, one in _standing(store).items()}


def _ends(reader: Consumer, topic: str, partition: int) -> tuple[int, int]:
    """Return a partition's offsets, once a broker that was away or stood still leads it again."""
    end = time.monotonic() + children.LONG
    while True:
        try:
            low, high = reader.get_watermark_offsets(TopicPartition(topic, partition), timeout=20)
        except KafkaException:
            if time.monotonic() > end:
                raise
            time.sleep(0.25)
            # Else the client would remember for minutes that the partition had no leader.
            with suppress(KafkaException):
                reader.list_topics(topic, timeout=20)
        else:
            return low, high

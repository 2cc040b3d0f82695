"""An installation on a real broker, for tests that run `overheal ingest` against it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from overheal.adapters.registry import all_adapters
from overheal.catalog import Catalog
from overheal.clock import SystemClock
from overheal.contract.letter import Letter
from overheal.contract.redaction import Redactor
from overheal.errors import OverhealError
from overheal.kafka.consumer import Consumer
from overheal.kafka.polled import Polled
from overheal.kafka.producer import Producer
from overheal.kafka.reader import Reader
from overheal.kafka.settings import KafkaSettings, TopicNames
from overheal.run.ingest.loop import Ingest, Place, Rules
from overheal.run.metrics import Metrics
from overheal.run.stopping import Signals
from tests.support import children
from tests.support.topics import Topics

GROUP = "ingest"


class Record:
    """One record as a consumer sees it."""

    def __init__(self, polled: Polled, index: int) -> None:
        self.place = (polled.partition, polled.offsets[index])
        self.key = polled.keys[index]
        self.value = polled.values[index]
        self.headers = polled.headers[index] or {}


class Installation:
    """Topics of its own on a broker, what is sent to them and read from them."""

    def __init__(self, bootstrap: str, topics: Topics, partitions: int = 2) -> None:
        self.settings = KafkaSettings(bootstrap)
        self.names = TopicNames.prefixed(topics.prefix)
        self.prefix = topics.prefix
        topics("actions.v1", partitions)
        topics("events.v1", partitions, {"message.timestamp.type": "LogAppendTime"})
        topics("dead-letters.v1", 1)
        self._producer = Producer(self.settings)

    def send(
        self,
        *values: Any,
        key: bytes | None = b"k",
        headers: Mapping[str, bytes] | None = None,
        partition: int | None = 0,
    ) -> None:
        """Send records to the topic of actions; whatever is no bytes goes as JSON."""
        for value in values:
            raw = value if isinstance(value, bytes | None) else json.dumps(value).encode()
            self._producer.send(self.names.actions, raw, key, headers, partition)
        self._producer.flush(children.LONG)

    def records(self, topic: str) -> list[Record]:
        """Return everything that stands in a topic, in the order of each partition."""
        reader = Reader(self.settings, topic)
        try:
            found = list(reader.to_end(children.LONG))
        finally:
            reader.close()
        return [Record(polled, at) for polled in found for at in range(len(polled.offsets))]

    def events(self) -> list[str]:
        """Return the ids of all events that ingest wrote, copies that are only told left out."""
        found = [
            one for one in self.records(self.names.events) if "overheal-felt" not in one.headers
        ]
        return [json.loads(one.value or b"{}")["id"] for one in found]

    def letters(self) -> list[Letter]:
        """Return all dead letters, every record of them."""
        import msgspec

        found = self.records(self.names.dead_letters)
        return [msgspec.json.decode(one.value or b"", type=Letter) for one in found]

    def committed(self, partition: int = 0) -> int | None:
        """Return what the group committed."""
        consumer = Consumer(
            self.settings,
            self.names.actions,
            GROUP,
            on_assign=_nothing,
            on_revoke=_nothing,
            on_lost=_nothing,
        )
        try:
            return consumer.committed(partition)[0]
        finally:
            consumer._driver.close()

    def wait_for(self, count: int) -> list[str]:
        """Wait until at least so many events are there, and return their ids."""
        children.until(lambda: len(self.events()) >= count, f"{count} events")
        return self.events()

    @contextmanager
    def ingest(self, **rules: Any) -> Iterator[Running]:
        """Run ingest on a thread; stops it in good order at the end."""
        running = Running(self, rules)
        try:
            yield running
        finally:
            running.stop()

    def config(self, folder: Path, text: str = "") -> Path:
        """Write a configuration for processes of their own."""
        path = folder / "overheal.toml"
        path.write_text(
            f'[kafka]\nbootstrap = "{self.settings.bootstrap}"\nprefix = "{self.prefix}"\n'
            f'[ingest]\ngroup = "{GROUP}"\n[operations]\nlisten = ""\n{text}'
        )
        return path


class Running:
    """Ingest on a thread of this process."""

    def __init__(self, installation: Installation, rules: dict[str, Any]) -> None:
        self.signals = Signals()
        self.metrics = Metrics()
        self.error: OverhealError | None = None
        made = {"catalog": Catalog(), "redactor": Redactor(), "adapters": all_adapters, **rules}
        place = Place(installation.settings, installation.names, GROUP, "epoch-1", 10.0)
        self._process = Ingest(place, Rules(**made), SystemClock(), self.signals, self.metrics)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    @property
    def reasons(self) -> list[str]:
        """Why it is not ready."""
        return list(self._process.health().reasons)

    def stop(self) -> None:
        """Ask it to stop, and wait for that."""
        self.signals.stop()
        self.join()

    def join(self) -> None:
        """Wait until it has stopped by itself."""
        self._thread.join(children.LONG)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._process.run()
        except OverhealError as error:
            self.error = error


def process(config: Path, catalog: Path | None = None) -> subprocess.Popen[bytes]:
    """Start ingest as a process of its own."""
    arguments = f"{str(config)!r}, {str(catalog) if catalog else None!r}"
    program = f"from overheal.run.ingest.wiring import ingest; ingest({arguments})"
    return children.start(
        [sys.executable, "-c", program], env=dict(os.environ), stderr=subprocess.PIPE
    )


def _nothing(_partitions: list[int]) -> None:
    return None

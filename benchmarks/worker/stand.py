"""Where measurements run: broker and store share one core, what is measured has the other."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition

from benchmarks.worker.events import Record
from tests.support import broker_files, children
from tests.support.broker import LocalKafka
from tests.support.chdb_front import ChdbFront
from tests.support.command import OVERHEAL, ROOT
from tests.support.plant import Plant

MEASURED, SERVING = 0, 1
"""The core of what is measured, and that of the broker, the store and whoever measures."""

TICKS = os.sysconf("SC_CLK_TCK")
READY = 120.0
LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Spent:
    """What a process has spent so far: CPU seconds of user and system together."""

    main: float
    driver: float
    others: float

    @property
    def total(self) -> float:
        """All threads together."""
        return self.main + self.driver + self.others


class Pinned:
    """A process on the measured core, with what it says in a file."""

    def __init__(self, command: Sequence[str | Path], log: Path, core: int = MEASURED) -> None:
        self.log = log
        with log.open("wb") as output:
            self._child = children.start(
                ["taskset", "-c", str(core), *command], cwd=ROOT, stdout=output, stderr=output
            )

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._child.pid

    def says(self, text: str, seconds: float = READY) -> None:
        """Wait until it has said something."""

        def said() -> bool:
            if text in self.log.read_text(errors="replace"):
                return True
            self.must_run()
            return False

        children.until(said, f"{text!r} in {self.log}", seconds)

    def must_run(self) -> None:
        """Fail where it has ended, showing what it said last."""
        if self._child.poll() is not None:
            raise RuntimeError(f"it ended:\n{self.log.read_text(errors='replace')[-3000:]}")

    def spent(self) -> Spent:
        """Return the CPU seconds of its main thread, of librdkafka's threads, and of the others."""
        parts = {"main": 0.0, "driver": 0.0, "others": 0.0}
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            name, _, rest = (task / "stat").read_text().partition("(")[2].rpartition(")")
            fields = rest.split()
            seconds = (int(fields[11]) + int(fields[12])) / TICKS
            kind = "main" if task.name == str(self.pid) else "others"
            parts["driver" if name.startswith("rdk") else kind] += seconds
        return Spent(**parts)

    def resident(self) -> float:
        """Return its resident memory in MB."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def end(self) -> int:
        """Ask it to stop and wait for that."""
        self._child.terminate()
        return self._child.wait(READY)

    def kill(self) -> None:
        """End it as a crash would."""
        children.kill(self._child)


class Stand:
    """A broker and a store that run; make one with `standing`."""

    def __init__(
        self, folder: Path, broker: LocalKafka, front: ChdbFront, stack: ExitStack
    ) -> None:
        self.folder = folder
        self.broker = broker
        self.front = front
        self._stack = stack
        self._started = 0

    def plant(self, *, partitions: int = 3, worker: str = "") -> Plant:
        """Make an installation of its own; `worker` are lines of [worker], else defaults hold."""
        plant = Plant(self.broker.bootstrap, self.front.url, self.folder, partitions=partitions)
        text = plant.path.read_text().replace("flush_seconds = 0.2\n", "")
        plant.path.write_text(text + worker)
        return plant

    def fill(self, plant: Plant, records: Iterable[Record]) -> int:
        """Write records to the topic of events, and return how many once they are durable."""
        return fill(plant, records)

    def worker(self, plant: Plant, *, core: int = MEASURED, one_job: bool = False) -> Pinned:
        """Start `overheal worker`, or one with the peer's `one_job` alone."""
        command: list[str | Path] = [OVERHEAL]
        if one_job:
            command = [sys.executable, "-m", "benchmarks.worker.one_job"]
        return self.start([*command, "worker", "--config", plant.path], core=core)

    def live(
        self, plant: Plant, rate: int, seconds: float, *, seed: int = 7, jitter: float = 0.0
    ) -> Pinned:
        """Start a load in real time beside broker and store; see `benchmarks.worker.live`."""
        words = [
            self.broker.bootstrap,
            plant.names.events,
            *map(str, (rate, seconds, seed, jitter)),
        ]
        return self.start([sys.executable, "-m", "benchmarks.worker.live", *words], core=SERVING)

    def start(self, command: Sequence[str | Path], *, core: int = MEASURED) -> Pinned:
        """Start a process on the measured core; it ends with the stand."""
        self._started += 1
        made = Pinned(command, self.folder / f"process-{self._started}.log", core)
        self._stack.callback(made.kill)
        return made

    def database(self, plant: Plant) -> Any:
        """Return the driver's client on the installation's database."""
        return self.front.client(plant.database)


@contextmanager
def standing() -> Iterator[Stand]:
    """Start broker and store on their core, and end them and what was started on them."""
    if lack := broker_files.missing():
        sys.exit(f"no local Kafka broker: {lack}")
    os.sched_setaffinity(0, {SERVING})
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        broker, front = LocalKafka(folder / "kafka"), ChdbFront(folder / "store")
        stack.callback(broker.stop)
        broker.start()
        stack.callback(front.kill)
        front.start()
        yield Stand(folder, broker, front, stack)


def fill(plant: Plant, records: Iterable[Record]) -> int:
    """Write records to the topic of events, and return how many once they are durable."""
    producer = Producer({**plant.kafka.producer(), "linger.ms": 50})
    count = 0
    for key, value in records:
        while True:
            try:
                producer.produce(plant.names.events, value, key)
            except BufferError:
                producer.poll(0.1)
            else:
                break
        count += 1
        if count % 1000 == 0:
            producer.poll(0)
    if left := producer.flush(60):
        raise RuntimeError(f"{left} records were not delivered")
    return count


def reached(
    running: Sequence[Pinned], count: Callable[[], int], wanted: int, seconds: float
) -> float:
    """Wait until so much is there; return the moment (of `time.monotonic`) it was seen."""

    def there() -> bool:
        for process in running:
            process.must_run()
        return count() >= wanted

    children.until(there, f"{wanted} events in the store", seconds)
    return time.monotonic()


def stored(client: Any, table: str = "ingest_ranges", what: str = "sum(records)") -> int:
    """Return what a table accounts for."""
    sql = f"SELECT {what} FROM {table}"  # noqa: S608 - both are words of this package
    return int(client.query(sql).result_rows[0][0])


def told_findings(plant: Plant) -> int:
    """Return how many records the topic of findings holds, from its offsets."""
    reader = Consumer({**plant.kafka.client(), "group.id": "looking"})
    try:
        partitions = reader.list_topics(plant.names.findings, timeout=20).topics
        return sum(
            reader.get_watermark_offsets(TopicPartition(plant.names.findings, number), 20)[1]
            for number in partitions[plant.names.findings].partitions
        )
    finally:
        reader.close()


def git_head() -> str:
    """Return which revision is measured."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()

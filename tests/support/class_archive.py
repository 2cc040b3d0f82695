"""Make the JVM's archive of the classes that a broker loads, which halves its start.

A JVM that the archive does not fit goes on without it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from confluent_kafka import Consumer, Producer

from tests.support.broker import LocalKafka
from tests.support.broker_files import ARCHIVE, JVM, missing
from tests.support.topics import Topics


def main() -> None:
    """Run a broker for one record, and keep the classes it loaded, once."""
    if missing() or ARCHIVE.exists():
        return
    sys.stderr.write("Noting the classes that a broker loads (once; ten seconds) ...\n")
    with tempfile.TemporaryDirectory(dir=ARCHIVE.parent) as folder:
        part = Path(folder) / ARCHIVE.name
        cluster = LocalKafka(Path(folder) / "kafka")
        cluster.jvm = [*JVM, f"-XX:ArchiveClassesAtExit={part}"]
        cluster.start()
        topic = Topics(cluster.client())("events")
        producer = Producer({**cluster.client(), "log_level": "0"})
        producer.produce(topic, b"record")
        producer.flush(30)
        consumer = Consumer(
            {**cluster.client(), "group.id": "g", "auto.offset.reset": "earliest", "log_level": "0"}
        )
        consumer.subscribe([topic])
        consumer.poll(30)
        consumer.commit(asynchronous=False)
        consumer.close()
        cluster.stop(0)
        part.rename(ARCHIVE)


if __name__ == "__main__":
    main()

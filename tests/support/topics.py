"""Making topics for tests."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from tests.support.children import until


class Topics:
    """Makes topics under a prefix that nothing else has; deletes none.

    `prefix` ends in a dot; names given are appended: `topics("events", partitions=4)`.
    """

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.prefix = f"t{uuid.uuid4().hex[:10]}."
        self.admin = AdminClient({**settings, "log_level": 0})

    def __call__(
        self,
        name: str = "events",
        partitions: int = 1,
        config: Mapping[str, str] | None = None,
        replicas: int = -1,
    ) -> str:
        """Make a topic, wait until every partition has a leader, and return its full name."""
        topic = self.prefix + name
        made = NewTopic(topic, partitions, replicas, config=dict(config or {}))
        self.admin.create_topics([made], operation_timeout=30)[topic].result(60)
        until(lambda: self._led(topic, partitions), f"leaders of {topic}")
        return topic

    def _led(self, topic: str, partitions: int) -> bool:
        try:
            found = self.admin.list_topics(topic, timeout=5).topics[topic]
        except KafkaException:
            return False
        leaders = [each.leader for each in found.partitions.values()]
        return len(leaders) == partitions and min(leaders, default=-1) >= 0

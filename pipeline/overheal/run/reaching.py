"""Whether Kafka can be reached, as `/readyz` tells it: asked where nothing else shows it."""

from __future__ import annotations

import logging
import time

from overheal.errors import BrokerUnavailable
from overheal.kafka.consumer import Consumer

LOGGER = logging.getLogger(__name__)
ASK_SECONDS = 5.0


class Reach:
    """What stands between a member of a group and its work; `reasons` may be read by any thread."""

    def __init__(self) -> None:
        self.reasons: tuple[str, ...] = ("no partition is assigned yet",)
        self._asked = time.monotonic()

    def well(self) -> None:
        """Take that the brokers have just answered."""
        self.reasons = ()
        self._asked = time.monotonic()

    def troubled(self, error: BrokerUnavailable) -> None:
        """Take that they have not."""
        self.reasons = (str(error),)
        self._asked = time.monotonic()

    def outside(self) -> None:
        """Take that the group goes on without this member."""
        self.reasons = ("the group took every partition away; this member joins again",)

    def probe(self, consumer: Consumer) -> None:
        """Ask the group's coordinator, unless the brokers answered or failed within five seconds.

        Waits at most as long as `Consumer.committed`; costs one small request.
        """
        assigned = consumer.assigned
        if not assigned or time.monotonic() - self._asked < ASK_SECONDS:
            return
        try:
            consumer.committed(min(assigned))
        except BrokerUnavailable as error:
            LOGGER.warning("Kafka does not answer: %s", error)
            self.troubled(error)
        else:
            self.well()

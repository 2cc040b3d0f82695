"""Reading that fails for a while: when to try again, and saying why."""

from __future__ import annotations

import logging
import time

from overheal.errors import OverhealError, StoreUnavailable
from overheal.run.retrying import pauses
from overheal.run.worker.watch import Watch

LOGGER = logging.getLogger(__name__)


class Trying:
    """The pauses between attempts at what store or broker did not let happen."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._pauses = pauses()
        self._next = 0.0

    @property
    def is_due(self) -> bool:
        """Whether it is time for an attempt."""
        return time.monotonic() >= self._next

    def failed(self, error: OverhealError) -> None:
        """Take note that an attempt failed."""
        self._next = time.monotonic() + next(self._pauses)
        LOGGER.warning("%s; trying again", error)
        self._watch.troubled(str(error), "reading")
        self._watch.retried("store" if isinstance(error, StoreUnavailable) else "broker")

    def at_once(self) -> None:
        """Let the next attempt come without a pause."""
        self._next = 0.0

    def worked(self) -> None:
        """Take note that an attempt went well."""
        self._pauses = pauses()
        self._watch.troubled("", "reading")

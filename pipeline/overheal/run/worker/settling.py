"""Settling KPIs now and then, on a thread of its own, so that no block waits for it."""

from __future__ import annotations

import logging
import threading
import time
from types import TracebackType
from typing import Self

from overheal.errors import StoreError
from overheal.store import Store

LOGGER = logging.getLogger(__name__)
EVERY = 60.0
"""Seconds between two settlings: so old what the views of KPIs tell may be."""

SHARE = 20
"""A settling that takes long is followed by a pause so many times as long."""

DAYS = 4
"""Of hours that are over so many days are settled at a time."""

_CLOSING = 2.0
"""A stop waits so many seconds for a settling that is under way."""


class Settler:
    """Settles a store while it is entered; `store` is its own, for no other thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="overheal-settler", daemon=True)

    def settle(self) -> float:
        """Settle what came, unless somebody did just now; return the seconds to pause.

        Where the store cannot, that is said, and left for later: what KPIs tell gets older.
        """
        began = time.monotonic()
        done = 0
        try:
            if not self._store.settled_within(EVERY):
                done = self._store.settle_hours(DAYS)
        except StoreError as error:
            LOGGER.warning("KPIs are not settled, and get older: %s", error)
        took = time.monotonic() - began
        return EVERY if done >= DAYS * 24 else max(EVERY, SHARE * took)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A settling that is cut off leaves what the next one completes.
        self._stopped.set()
        self._thread.join(_CLOSING)

    def _run(self) -> None:
        pause = EVERY
        while not self._stopped.wait(pause):
            try:
                pause = self.settle()
            except Exception:
                if self._stopped.is_set():
                    return  # its connection was closed under it
                LOGGER.exception("KPIs are not settled, and get older")
                pause = EVERY

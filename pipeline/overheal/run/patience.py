"""Waiting at the start for what is not there yet, as long as nobody asks to stop."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from overheal.errors import BrokerUnavailable, StoreUnavailable
from overheal.run.retrying import pauses
from overheal.run.stopping import Signals

LOGGER = logging.getLogger(__name__)
STEP_SECONDS = 0.2
T = TypeVar("T")


def insisted(
    attempt: Callable[[], T], signals: Signals, troubled: Callable[[str], None]
) -> T | None:
    """Return what an attempt returns, trying again while store or broker cannot be reached.

    `troubled` is told why; None once a stop is asked for. Raises what cannot be tried again.
    """
    for pause in pauses():
        if signals.stopping:
            return None
        try:
            found = attempt()
        except (StoreUnavailable, BrokerUnavailable) as error:
            LOGGER.warning("%s; trying again", error)
            troubled(str(error))
            until = time.monotonic() + pause
            while time.monotonic() < until and not signals.stopping:
                time.sleep(STEP_SECONDS)
        else:
            troubled("")
            return found
    return None

"""Calls into a driver that may never come back, such as closing a consumer of a dead cluster."""

from __future__ import annotations

import threading
from collections.abc import Callable


def within(seconds: float, call: Callable[[], None]) -> bool:
    """Return whether a call ended within so many seconds; raises what it raised.

    It runs on a thread of its own; one that does not end is left behind and holds up no exit.
    """
    raised: list[BaseException] = []

    def run() -> None:
        try:
            call()
        except BaseException as error:  # noqa: BLE001 - raised again on the caller's thread
            raised.append(error)

    thread = threading.Thread(target=run, name="bounded", daemon=True)
    thread.start()
    thread.join(max(seconds, 0.0))
    if thread.is_alive():
        return False
    if raised:
        raise raised[0]
    return True

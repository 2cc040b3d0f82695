"""A command that kills itself at a chosen place.

A place is `NAME[:N]`, the N-th time (default the first) that the process comes there. With
`OVERHEAL_SNAPSHOTS=always` a worker makes snapshots with every block, with
`OVERHEAL_PATIENCE=always` every event waits for others as long as any may.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from overheal.kafka.consumer import Consumer
from overheal.run.worker import owned, pace
from overheal.state.patience import Patience
from overheal.store import Store


def _die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _around(owner: Any, name: str, times: int, *, before: bool, when: Callable[..., bool]) -> None:
    """Let the process die before or after the call of a method that makes `times` full."""
    real = getattr(owner, name)
    left = [times]

    def doomed(*args: Any, **options: Any) -> Any:
        counts = when(*args, **options)
        left[0] -= counts
        if before and counts and left[0] == 0:
            _die()
        found = real(*args, **options)
        if not before and counts and left[0] == 0:
            _die()
        return found

    setattr(owner, name, doomed)


def _always(*_: Any, **__: Any) -> bool:
    return True


def _is_final(_consumer: Any, offsets: dict[int, tuple[int, str]]) -> bool:
    return all('"ends":[]' in text for _, text in offsets.values())


def _is_announcement(_consumer: Any, offsets: dict[int, tuple[int, str]]) -> bool:
    return not _is_final(_consumer, offsets)


PLACES: dict[str, tuple[Any, str, bool, Callable[..., bool]]] = {
    "before-announcement": (Consumer, "commit", True, _is_announcement),
    "before-insert": (Store, "write_events", True, _always),
    "after-insert": (Store, "write_events", False, _always),
    "before-letters": (Store, "write_dead_letters", True, _always),
    "after-letters": (Store, "write_dead_letters", False, _always),
    "before-recount": (Store, "recount", True, _always),
    "after-recount": (Store, "recount", False, _always),
    "before-findings": (Store, "write_findings", True, _always),
    "after-findings": (Store, "write_findings", False, _always),
    "before-ledger": (Store, "write_range", True, _always),
    "after-ledger": (Store, "write_range", False, _always),
    "before-snapshot": (Store, "write_snapshots", True, _always),
    "after-snapshot": (Store, "write_snapshots", False, _always),
    "before-commit": (Consumer, "commit", True, _is_final),
    "after-commit": (Consumer, "commit", False, _is_final),
    "while-rebuilding": (Store, "stored_after", False, _always),
    "after-rebuilding": (owned, "rebuilt", False, _always),
}
"""Owner, method, whether before or after it, and which calls count."""


def arm(place: str) -> None:
    """Let this process die at a place, and do as the environment wants, before it runs."""
    name, _, number = place.partition(":")
    owner, method, first, counted = PLACES[name]
    _around(owner, method, int(number or 1), before=first, when=counted)
    if os.environ.pop("OVERHEAL_SNAPSHOTS", "") == "always":
        pace.JUDGED_SECONDS = pace.SHARE = 0.0
    if os.environ.pop("OVERHEAL_PATIENCE", "") == "always":
        Patience.at = lambda self, _now: self._most  # type: ignore[method-assign]

"""What goes wrong next: faults told by the test, spent by the requests they match."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event, Lock


@dataclass
class Fault:
    """One way to fail, for the next `times` requests whose statement contains `match`.

    A negative `times` lasts until all is healed. `seconds`, `code` and `message` belong to the
    kinds that need them.
    """

    kind: str
    match: str = ""
    times: int = 1
    seconds: float = 0.0
    code: int = 0
    message: str = ""
    healed: Event = field(default_factory=Event)


class Faults:
    """The faults in force and the statements seen; for any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._faults: list[Fault] = []
        self._seen: list[str] = []
        self._spent: list[str] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def heal(self) -> None:
        """End all faults; requests that hang are let go."""
        with self._lock:
            for fault in self._faults:
                fault.healed.set()
            self._faults.clear()

    def take(self, kinds: tuple[str, ...], statement: str) -> Fault | None:
        """Return the first fault of these kinds that matches, and count it as spent."""
        with self._lock:
            for fault in self._faults:
                if fault.kind in kinds and fault.times and fault.match in statement:
                    fault.times -= 1
                    self._spent.append(fault.kind)
                    return fault
        return None

    def see(self, statement: str) -> None:
        with self._lock:
            self._seen.append(statement)

    def seen(self, match: str) -> int:
        """Return how many requests came whole and contained `match`."""
        with self._lock:
            return sum(match in each for each in self._seen)

    def spent(self, kind: str) -> int:
        """Return how often faults of a kind struck."""
        with self._lock:
            return self._spent.count(kind)

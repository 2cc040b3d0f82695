"""One event on its way through the stages."""

from __future__ import annotations

import msgspec

from overheal.catalog import Placement
from overheal.model import Event
from overheal.state.facts import Claim


class Row(msgspec.Struct, frozen=True, gc=False):
    """One event and where it belongs.

    A `late` event is stored and counted, but not judged; `drill` is the declared drill that it
    belongs to, or `""`.
    """

    event: Event
    placement: Placement
    late: bool = False
    drill: str = ""


class Counted(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What one event counts for: `count` recoveries at `at` (microseconds UTC)."""

    at: int
    count: int
    automated: bool

    @property
    def by_automation(self) -> int:
        """How many of them automation made."""
        return self.count if self.automated else 0

    @property
    def by_hand(self) -> int:
        """How many of them people made."""
        return 0 if self.automated else self.count


class Restated(msgspec.Struct, frozen=True, gc=False):
    """That an event showed a reported success to be none; `withdrawn`: that it did not after all.

    `at` is the event's time (microseconds UTC).
    """

    claim: Claim
    event_id: str
    at: int
    withdrawn: bool = False


class Told(msgspec.Struct, gc=False):
    """A row as a scope keeps it while it may have to be told again, and what came of it.

    It counted for `counted`, and showed the successes in `disproved` to be none.
    """

    row: Row
    counted: Counted | None = None
    disproved: tuple[Claim, ...] = ()

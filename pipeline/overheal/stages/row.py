"""One event on its way through the stages."""

from __future__ import annotations

import msgspec

from overheal.catalog import Placement
from overheal.model import Event


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


class Told(msgspec.Struct, gc=False):
    """A row as a scope keeps it while it may have to be told again, and what it counted for."""

    row: Row
    counted: Counted | None = None

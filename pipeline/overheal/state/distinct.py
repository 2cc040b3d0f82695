"""How many different things there were lately, in memory that does not grow with their number."""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from overheal.model import DAY

SAMPLED = 2_048
"""Up to so many things the count is exact; beyond, it is off by about 3 %."""

_BITS = 64


def mark_of(name: str) -> int:
    """Return 64 bits that stand for a name, evenly spread."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest())


class Distinct(msgspec.Struct):
    """The things seen in the last `days` days, by whole days UTC.

    When there are too many, one in two is kept, by its mark, and `level` says how often that was
    done: what is kept is a fair sample, and the count is the sample's times two to the `level`.
    """

    days: int
    level: int = 0
    last: dict[int, int] = {}
    today: int = 0

    def add(self, mark: int, at: int) -> bool:
        """Take a thing by its mark; return whether it was seen before, as far as is known.

        Of what lies outside the sample nothing is known, and it passes for seen.
        """
        self.pass_to(at)
        if mark >> (_BITS - self.level):
            return True
        known = mark in self.last
        self.last[mark] = self.today
        if not known and len(self.last) > SAMPLED:
            self.level += 1
            room = _BITS - self.level
            self.last = {one: day for one, day in self.last.items() if not one >> room}
        return known

    def pass_to(self, at: int) -> None:
        """Forget what is too long ago at `at` (microseconds UTC)."""
        day = at // DAY
        if day > self.today:
            self.today, first = day, day - self.days
            self.last = {one: seen for one, seen in self.last.items() if seen > first}
            if not self.last:
                self.level = 0

    def __len__(self) -> int:
        return len(self.last) << self.level

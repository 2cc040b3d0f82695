"""The values of one field over time, and how often they turn back."""

from __future__ import annotations

import enum

import msgspec

from overheal.model import Value
from overheal.state.turns import Turns
from overheal.state.writes import Write, Writes

WORDS_KEPT = 64
"""How many words a field was set to are remembered at most."""

FOLLOWING = frozenset({"demand", "rollout", "schedule"})
"""Triggers that follow something outside: only strict alternation counts as reversals."""

TIDYING = frozenset({"cleanup", "backup"})
"""Action types whose undoing of others is their job: what they write is nobody's wish."""


class First(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """All that is known of a field so far: one write, and the value that it says was before.

    Most fields never get further, so this is all that is remembered of them.
    """

    write: Write
    old: Value


class Step(enum.Enum):
    """What one more value is: the one that stands, another, or one that turns back."""

    SAME = "same"
    CHANGE = "change"
    REVERSAL = "reversal"


class FieldSeries(msgspec.Struct):
    """The recent writes of one target's field and its reversals (time, id), oldest first.

    A reversal returns to the value before the present one, or turns the direction: of numbers by
    size, of words by the order in which they first appeared, so that walking the same way a second
    time is none. Changes of one agent that follow demand, a rollout or a schedule turn direction
    and return because that is their job: of those only strict alternation counts, A to B to A to
    B. Writing the present value again changes nothing.
    """

    writes: Writes = msgspec.field(default_factory=Writes)
    reversals: Turns = msgspec.field(default_factory=Turns)
    direction: int = 0
    words: dict[str, int] = {}
    numbered: int = 0

    def write(self, write: Write, trigger: str) -> Step:
        """Take one more value; return what it is."""
        value = write.value
        if isinstance(value, str) and value not in self.words:
            self._number(value)
        newest = self.writes.loose[-2:]
        if not newest:
            self.writes.append(write)
            return Step.SAME
        last = newest[-1]
        if last.value == value:
            return Step.SAME
        direction = self._direction(last.value, value)
        returned = len(newest) > 1 and newest[0].value == value
        turned = bool(direction and self.direction and direction != self.direction)
        follows = trigger in FOLLOWING and last.agent == write.agent
        self.direction = direction
        self.writes.append(write)
        if follows:
            turned, returned = False, returned and self._alternates()
        if not returned and not turned:
            return Step.CHANGE
        self.reversals.append(write.at, write.id)
        return Step.REVERSAL

    def stands(self, value: Value) -> bool:
        """Whether this is the present value."""
        newest = self.writes.loose
        return bool(newest) and newest[-1].value == value

    @classmethod
    def after(cls, first: First) -> FieldSeries:
        """Return a series that begins with what was known so far."""
        series = cls()
        if first.old is not None:
            series.write(Write(first.write.at, "", "", first.old), "")
        series.write(first.write, "")
        return series

    def forget_before(self, time: int) -> None:
        """Forget reversals at or before `time`, and writes except the two newest."""
        self.reversals.forget_before(time)
        self.writes.forget_before(time)

    def _alternates(self) -> bool:
        """Whether the newest four values are two in turn."""
        newest = [write.value for write in self.writes.newest(4)]
        return len(newest) == 4 and newest[:2] == newest[2:]

    def _number(self, word: str) -> None:
        if len(self.words) >= WORDS_KEPT:
            newest = sorted(self.words, key=self.words.__getitem__)[-WORDS_KEPT // 2 :]
            self.words = {name: self.words[name] for name in newest}
            if self.writes and isinstance(standing := self.writes.last.value, str):
                self.words.setdefault(standing, 0)
        self.words[word] = self.numbered = self.numbered + 1

    def _direction(self, old: Value, new: Value) -> int:
        if isinstance(old, str) and isinstance(new, str):
            return 1 if self.words[new] > self.words[old] else -1
        if isinstance(old, int | float) and isinstance(new, int | float):
            return (new > old) - (new < old)
        return 0

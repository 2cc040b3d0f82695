"""The values of one field over time, and how often they turn back."""

from __future__ import annotations

import msgspec

from overheal.model import Value

KEPT = 500
"""How many writes of a field are remembered for members and pictures."""

FOLLOWING = frozenset({"demand", "schedule"})
"""Triggers that follow something outside: only an exact return counts as a reversal."""


class Write(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One value of a field: who wrote or saw it, when (microseconds UTC), in which event."""

    at: int
    id: str
    agent: str
    value: Value


class FieldSeries(msgspec.Struct):
    """The recent writes of one target's field and its reversals, oldest first.

    A reversal returns to the value before the present one, or turns a number's direction. A
    change of one agent that follows demand or a schedule turns direction without being a
    reversal, because that is its job; an exact return counts all the same. Writing the present
    value again changes nothing. `reversals` holds the indices' times and ids.
    """

    writes: list[Write] = []
    reversals: list[Write] = []
    direction: int = 0

    def write(self, at: int, event_id: str, agent: str, value: Value, trigger: str) -> bool:
        """Take one more value; return whether it is a reversal."""
        if not self.writes:
            self.writes.append(Write(at, event_id, agent, value))
            return False
        last = self.writes[-1]
        if last.value == value:
            return False
        turned = False
        direction = _direction(last.value, value)
        returned = len(self.writes) > 1 and self.writes[-2].value == value
        if direction and self.direction and direction != self.direction:
            turned = not (trigger in FOLLOWING and last.agent == agent)
        self.direction = direction
        write = Write(at, event_id, agent, value)
        self.writes.append(write)
        if len(self.writes) > KEPT:
            del self.writes[: -KEPT // 2]
        if not (turned or returned):
            return False
        self.reversals.append(write)
        return True

    def start_from(self, value: Value, at: int, event_id: str) -> None:
        """Take what a change says the value was before, where nothing is known yet."""
        if not self.writes and value is not None:
            self.writes.append(Write(at, event_id, "", value))

    def forget_before(self, time: int) -> None:
        """Forget reversals at or before `time`, and writes except the two newest."""
        self.reversals = [write for write in self.reversals if write.at > time]
        keep = next((i for i, write in enumerate(self.writes) if write.at > time), len(self.writes))
        del self.writes[: max(0, min(keep, len(self.writes) - 2))]


def _direction(old: Value, new: Value) -> int:
    if isinstance(old, int | float) and isinstance(new, int | float):
        return (new > old) - (new < old)
    return 0

"""Who undoes whom on one field of one target."""

from __future__ import annotations

import msgspec

from overheal.model import Value
from overheal.state.series import KEPT, Write


class Override(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Agent `by` undid what agent `of` had written, in event `id` at `at` (microseconds UTC)."""

    at: int
    id: str
    by: str
    of: str
    value: Value

    @property
    def pair(self) -> tuple[str, str]:
        """Both agents, in alphabetical order."""
        return (self.by, self.of) if self.by < self.of else (self.of, self.by)


class Contest(msgspec.Struct):
    """The writes of one field and the overrides among them, oldest first.

    An override is a write by another agent than the last, of another value, that goes back: to the
    value from before the last agent's turn, to this agent's own last value, or, for numbers, in
    the opposite direction of that turn. Writing the value that already stands is agreement.
    """

    writes: list[Write] = []
    overrides: list[Override] = []
    before_turn: Value = None
    own: dict[str, Value] = {}

    def write(self, at: int, event_id: str, agent: str, old: Value, value: Value) -> Override | None:
        """Take one more write; return the override that it is, if it is one."""
        made = Write(at, event_id, agent, value)
        if not self.writes:
            self.before_turn = old
            self._take(made)
            return None
        last = self.writes[-1]
        if last.value == value:
            return None
        found = None
        if agent != last.agent:
            if self._goes_back(last, agent, value):
                found = Override(at, event_id, agent, last.agent, value)
                self.overrides.append(found)
            self.before_turn = last.value
        self._take(made)
        return found

    def forget_before(self, time: int) -> None:
        """Forget overrides at or before `time`, and writes except the newest."""
        self.overrides = [item for item in self.overrides if item.at > time]
        keep = next((i for i, write in enumerate(self.writes) if write.at > time), len(self.writes))
        del self.writes[: max(0, min(keep, len(self.writes) - 1))]

    def _goes_back(self, last: Write, agent: str, value: Value) -> bool:
        if value in (self.before_turn, self.own.get(agent)):
            return True
        turn = (self.before_turn, last.value, value)
        if not all(isinstance(item, int | float) for item in turn):
            return False
        start, now, then = (float(item) for item in turn)  # type: ignore[arg-type]
        return (now - start) * (then - now) < 0

    def _take(self, write: Write) -> None:
        self.writes.append(write)
        self.own[write.agent] = write.value
        if len(self.writes) > KEPT:
            del self.writes[: -KEPT // 2]


def fight(overrides: list[Override], pair: tuple[str, str]) -> list[Override]:
    """Return the overrides between the two of a pair, or nothing where only one side undoes."""
    between = [item for item in overrides if item.pair == pair]
    return between if len({item.by for item in between}) == 2 else []

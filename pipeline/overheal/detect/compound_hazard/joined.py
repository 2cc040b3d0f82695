"""Which open findings have which actions."""

from __future__ import annotations

from collections.abc import Iterable

from overheal.detect.compound_hazard.words import Hazard


class Joined:
    """Which open findings have which actions; the earlier one opened, the smaller its number."""

    def __init__(self, hazards: dict[str, Hazard]) -> None:
        self.subjects: dict[int, str] = {}
        self._numbers: dict[str, int] = {}
        self._of: dict[str, list[int]] = {}
        self._last = 0
        for subject, hazard in hazards.items():
            self.join(subject, hazard.recent)

    def number(self, subject: str) -> int:
        """Return the number of an open finding."""
        found = self._numbers.get(subject)
        if found is None:
            self._last = found = self._last + 1
            self._numbers[subject], self.subjects[found] = found, subject
        return found

    def of(self, action: str) -> Iterable[int]:
        """Return the numbers of the open findings that have an action."""
        return self._of.get(action, ())

    def join(self, subject: str, actions: Iterable[str]) -> None:
        """Note actions that an open finding has from now on."""
        number = self.number(subject)
        for action in actions:
            self._of.setdefault(action, []).append(number)

    def part(self, subject: str, actions: Iterable[str]) -> None:
        """Note actions that a finding has no more."""
        number = self.number(subject)
        for action in actions:
            numbers = self._of[action]
            numbers.remove(number)
            if not numbers:
                del self._of[action]

    def close(self, subject: str, actions: Iterable[str]) -> int:
        """Note that a finding is over; return the number that it had."""
        self.part(subject, actions)
        number = self._numbers.pop(subject)
        del self.subjects[number]
        return number

"""Stopping where a partition holds nothing but refused records, rather than draining it.

A streak survives a restart in the metadata of the committed offset, so that restarting again and
again does not dead-letter the topic piece by piece.
"""

from __future__ import annotations

import msgspec

from overheal.errors import PoisonError
from overheal.model import DeadLetter
from overheal.run.intake import Taken

_EXAMPLE_KEPT = 300


class Streak(msgspec.Struct):
    """Records of one partition that were refused one after another."""

    refused: int = 0
    first: int = 0
    last: int = 0
    codes: dict[str, int] = {}
    example: str = ""

    def add(self, letter: DeadLetter) -> None:
        """Take one more refused record."""
        if not self.refused:
            self.first, self.example = letter.line, letter.reason[:_EXAMPLE_KEPT]
        self.refused += 1
        self.last = letter.line
        if letter.code in self.codes or len(self.codes) < 20:
            self.codes[letter.code] = self.codes.get(letter.code, 0) + 1


class Poison:
    """Watches for `limit` refused records in a row on one partition; 0 never stops.

    `setting` is the name of the setting to point at.
    """

    def __init__(self, limit: int, setting: str) -> None:
        self.limit = limit
        self._setting = setting
        self._streaks: dict[int, Streak] = {}

    def watch(self, taken: Taken) -> PoisonError | None:
        """Take what became of records; returns the error where the limit is reached.

        What lies beyond the limit is then cut off `taken`: store the rest, commit, and raise.
        """
        if not self.limit or not taken.letters:
            if taken.events or taken.waiting:
                self._streaks.pop(taken.partition, None)
            return None
        good = {*taken.offsets, *taken.waiting}
        bad = {letter.line: letter for letter in reversed(taken.letters)}
        for offset in sorted(good | bad.keys()):
            if offset in good:
                self._streaks.pop(taken.partition, None)
                continue
            streak = self._streaks.setdefault(taken.partition, Streak())
            if streak.refused >= self.limit:
                taken.cut(offset)
                return self._error(taken, streak)
            streak.add(bad[offset])
            if streak.refused >= self.limit:
                taken.cut(offset + 1)
                return self._error(taken, streak)
        return None

    def remembered(self, partition: int) -> str:
        """Return the streak of a partition as text for the commit, `""` where there is none."""
        streak = self._streaks.get(partition)
        return msgspec.json.encode(streak).decode() if streak else ""

    def recall(self, partition: int, text: str) -> None:
        """Take up the streak that an earlier owner committed; anything else is no streak."""
        self._streaks.pop(partition, None)
        try:
            streak = msgspec.json.decode(text, type=Streak)
        except (msgspec.DecodeError, ValueError):
            return
        if streak.refused > 0:
            self._streaks[partition] = streak

    def _error(self, taken: Taken, streak: Streak) -> PoisonError:
        code, count = max(streak.codes.items(), key=lambda pair: pair[1])
        return PoisonError(
            f"{taken.topic}, partition {taken.partition}: {streak.refused:,} records in a row were "
            f"refused (offsets {streak.first} to {streak.last}), {count:,} of them as {code}; the "
            f"first: {streak.example}. Correct the producer; to dead-letter them all, raise "
            f"`{self._setting}` (now {self.limit}), or set it to 0"
        )

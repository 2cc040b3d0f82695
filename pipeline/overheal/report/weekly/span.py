"""The span of time that a report is about."""

from __future__ import annotations

from dataclasses import dataclass

from overheal.report.words import between, day


@dataclass(frozen=True)
class Span:
    """start ≤ time < end, microseconds UTC; `step` before it lies what it is compared with.

    `week` is the ISO name where it is a week, "" otherwise; `over` says that nothing of it lies
    ahead.
    """

    start: int
    end: int
    step: int
    week: str = ""
    over: bool = True

    @property
    def before(self) -> Span:
        """What this is compared with: as long, one `step` earlier."""
        return Span(self.start - self.step, self.end - self.step, self.step)

    @property
    def words(self) -> str:
        """The span in words, such as `week 47 of 2026 (16 to 22 Nov 2026)`."""
        if not self.week:
            return f"the span {between(self.start, self.end)}"
        year, number = self.week.split("-W")
        first, last = day(self.start), day(self.start + self.step - 1)
        same = first.split(" ")[1:] == last.split(" ")[1:]
        return f"week {int(number)} of {year} ({first.split(' ')[0] if same else first} to {last})"

    @property
    def earlier(self) -> str:
        """What `before` is called."""
        return "the week before" if self.week else "the span before"

    def holds(self, at: int) -> bool:
        """Whether a moment lies in it."""
        return self.start <= at < self.end

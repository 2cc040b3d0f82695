"""Expected behaviour: who expects how many recoveries of a service, why, and until when.

An expectation lowers the tier of what is found about its service by one step and does nothing
else. It ends by itself, and it is void as soon as the service is recovered twice as often.
"""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Literal

import msgspec

from overheal.errors import OptionError
from overheal.model import DAY, HOUR
from overheal.state.words import clock

Period = Literal["hour", "day"]

PERIODS: dict[Period, int] = {"hour": HOUR, "day": DAY}
"""Units of rates, in microseconds."""

COUNT_LIMIT = 2_000
"""What a declared rate may be at most: its double must be countable (`rolling.SINGLES_KEPT`)."""

VOID_AT = 2
"""This many times the declared rate makes an expectation void."""

_PERIODS: dict[str, Period] = {"hour": "hour", "day": "day"}
_RATE = re.compile(r"([0-9]{1,12})\s*/\s*([a-z]+)\Z")


class Expectation(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="kind",
    tag="expectation",
):
    """One expectation: `count` automated recoveries per `per` (`hour` or `day`).

    It holds for since ≤ time < end (microseconds UTC), where `end` is `until`, or `removed_at`
    where somebody took it back before. `service` is a full name, or a short one that fits any
    full name that ends in it; `environment` and `detector` are "" where it holds in all.
    """

    id: str
    service: str
    count: Annotated[int, msgspec.Meta(ge=1, le=COUNT_LIMIT)]
    per: Period
    owner: str
    reason: str
    since: int
    until: int
    environment: str = ""
    detector: str = ""
    author: str = ""
    removed_at: int | None = None

    @property
    def end(self) -> int:
        """When it holds no more, at the latest (microseconds UTC)."""
        return self.until if self.removed_at is None else min(self.until, self.removed_at)

    @property
    def rate(self) -> str:
        """The rate as people write it."""
        return f"{self.count}/{self.per}"

    @property
    def width(self) -> int:
        """The length of the rolling window of its rate (microseconds)."""
        return PERIODS[self.per]

    def fits(self, environment: str, service: str) -> bool:
        """Return whether it is about a service (full name) of an environment."""
        if self.environment not in ("", environment) or not service:
            return False
        return self.service in (service, service.rpartition("/")[2])

    def said(self) -> str:
        """Return who expects what until when, and why, for a reason's sentence."""
        return f"{self.owner} expects up to {self.rate} until {clock(self.until)} ({self.reason})"


def parse_rate(text: str) -> tuple[int, Period]:
    """Return count and period of a rate like `12/hour`; raises `OptionError` for others."""
    found = _RATE.match(text.strip().lower())
    if found is None:
        raise OptionError(
            "--rate",
            f"{text!r} is no rate; write a whole number per hour or day, like 12/hour or 3/day",
        )
    count, per = int(found[1]), _PERIODS.get(found[2])
    if per is None:
        raise OptionError(
            "--rate", f"{text!r}: a rate is per hour or per day, like 12/hour or 3/day"
        )
    if not 1 <= count <= COUNT_LIMIT:
        raise OptionError(
            "--rate",
            f"{text!r} is impossible: expect at least 1 and at most {COUNT_LIMIT:,} recoveries "
            f"per {per}",
        )
    return count, per


def expectation_id(one: Expectation) -> str:
    """Return the id that follows from what is expected, by whom, why and until when."""
    parts = (one.service, one.environment, one.detector, one.rate, one.owner, one.reason)
    text = "\0".join([*parts, str(one.until)])
    return f"expect-{hashlib.blake2b(text.encode(), digest_size=6).hexdigest()}"

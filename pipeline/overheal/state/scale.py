"""One scale on which the gaps between recoveries are watched, and time counted per replica."""

from __future__ import annotations

import math
import zlib
from typing import TypeGuard

import msgspec

from overheal.model import MICROSECOND, Value
from overheal.state.columns import (
    WIDTH,
    floats,
    integers,
    thinned,
    with_float,
    with_integer,
)
from overheal.state.daily import Daily
from overheal.state.moments import Member
from overheal.state.trend import Seen, TrendTest, Verdict

GAPS_KEPT, IDS_KEPT, MOMENTS_KEPT = 400, 120, 20
"""How much of a scale's past is kept for the finding that it may open."""

RECENT = 5
"""How many of the newest gaps make the present rate."""

ENOUGH_AT_FLOOR = 3

_NUMBERS = (int, float)


class ReplicaClock(msgspec.Struct):
    """Time that passes faster the more replicas a service has, where their number is known.

    It runs like the ordinary clock (microseconds) at the first known number of replicas, and
    twice as fast at double that number.
    """

    replicas: dict[str, float] = {}
    base: float = 0.0
    speed: float = 1.0
    since: int = 0
    elapsed: float = 0.0

    def at(self, time: int) -> float:
        """Return what the clock shows at `time`, as far as is known."""
        return self.elapsed + (time - self.since) * self.speed

    def resize(self, target: str, old: Value, new: Value, time: int) -> None:
        """Take another number of replicas of one of the service's targets."""
        if not _is_number(new):
            return
        before: float = 0.0
        if target not in self.replicas:
            before = old if _is_number(old) and old > 0 else new
            if before <= 0:
                return
        self.elapsed, self.since = self.at(time), time
        self.base += before
        self.replicas[target] = max(float(new), 0.0)
        self.speed = sum(self.replicas.values()) / self.base


def _is_number(value: Value) -> TypeGuard[int | float]:
    return isinstance(value, _NUMBERS) and type(value) is not bool and math.isfinite(value)


class Scale(msgspec.Struct):
    """A test over gaps, and what the finding that it opens will need.

    `gaps` are seconds and `ends` when they ended (microseconds UTC): the newest all, of older ones
    fewer and fewer. `paces` are the newest gaps in seconds per replica. Each of these is kept as
    `state.columns` has it (`lengths`, `ended`, `newest`). `recoveries` counts since
    `first_at`, in `told` events. `reached_at` is when the gaps first were so short that it is one
    failure, `foretold_at` when that was projected to be as the test decided (0: it was not).
    `fastest` is the shortest mean of RECENT gaps that followed each other (inf: fewer were seen).
    `grave` is the error up to which what is found may be critical. Since the change `faster` gaps
    were seen, `faster_pace` seconds per replica in all.
    """

    test: TrendTest
    first_at: int
    last_at: int
    lengths: bytes = b""
    ended: bytes = b""
    grave: float = 0.0
    faster: int = 0
    faster_pace: float = 0.0
    newest: bytes = b""
    fastest: float = math.inf
    ids: list[str] = []
    moments: list[Member] = []
    recoveries: int = 0
    told: int = 0
    finding: str = ""
    verdict: Verdict | None = None
    critical: str = ""
    reached_at: int = 0
    foretold_at: int = 0

    @classmethod
    def starting(cls, alpha: float, first: Member, grave: float = 0.0) -> Scale:
        """Return a scale that has seen one recovery, and may spend `alpha`."""
        scale = cls(TrendTest(alpha), first.at, first.at, grave=grave)
        scale.note(first)
        return scale

    def note(self, member: Member) -> None:
        """Count one recovery that no finding has joined yet."""
        self.recoveries += member.count
        self.told += 1
        self.ids.append(member.id)
        self.moments.append(member)
        del self.ids[:-IDS_KEPT], self.moments[:-MOMENTS_KEPT]

    def observe(
        self,
        end: Member,
        pace: float,
        floor: float,
        *,
        lasting: int = 0,
        rhythm: Daily | None = None,
        usual: float = math.inf,
        clustered: bool = False,
    ) -> Verdict | None:
        """Take a gap of `pace` seconds per replica that a recovery ends; a verdict once, if any.

        Three gaps of `floor` seconds or less are one failure. What has not lasted `lasting`
        microseconds is no change yet, and what the hours of `rhythm` explain is none, nor what is
        no faster than the pace that is `usual`. Gaps may be `clustered` (`trend.clustering`).
        """
        at = end.at
        self.lengths = with_float(self.lengths, (at - self.last_at) / MICROSECOND)
        self.ended = with_integer(self.ended, at)
        self.last_at = at
        if len(self.lengths) > GAPS_KEPT * WIDTH:
            self.lengths = thinned(self.lengths, GAPS_KEPT // 2)
            self.ended = thinned(self.ended, GAPS_KEPT // 2)
        self.newest = with_float(self.newest, pace)[-RECENT * WIDTH :]
        newest = floats(self.lengths[-ENOUGH_AT_FLOOR * WIDTH :])
        if not self.reached_at and len(newest) == ENOUGH_AT_FLOOR and max(newest) <= floor:
            self.reached_at = at
        tie = zlib.crc32(end.id.encode()) & 0xFFFF
        seen: Seen | None = rhythm.seen if rhythm is not None and rhythm.rates else None
        steady = len(self.newest) == RECENT * WIDTH
        present = self.pace
        self.fastest = min(self.fastest, present) if steady else math.inf
        verdict = self.test.observe(
            pace,
            tie,
            at,
            lasting=lasting,
            seen=seen,
            usual=present >= usual,
            clustered=clustered,
        )
        if verdict is not None:
            since = self.test.values[verdict.change - self.test.forgotten :]
            self.faster, self.faster_pace = len(since), sum(since)
        elif self.faster:
            self.faster, self.faster_pace = self.faster + 1, self.faster_pace + pace
        return verdict

    @property
    def gaps(self) -> list[float]:
        """The gaps that are kept, in seconds."""
        return floats(self.lengths)

    @property
    def ends(self) -> list[int]:
        """When each of them ended (microseconds UTC)."""
        return integers(self.ended)

    @property
    def paces(self) -> list[float]:
        """The newest gaps, in seconds per replica."""
        return floats(self.newest)

    @property
    def pace(self) -> float:
        """The mean of the newest gaps, in seconds per replica."""
        paces = self.paces
        return sum(paces) / len(paces) if paces else math.inf

    @property
    def baseline(self) -> float:
        """The mean gap before the change, in seconds per replica."""
        return self.verdict.before if self.verdict else self.paces[0]

"""How far everybody has come: activity is told in order only where all partitions are past it."""

from __future__ import annotations

import msgspec

from overheal.run.messages import Frontier, Told


class Holding:
    """The frontiers of all partitions of the events.

    A partition that has said nothing for `hold_seconds` is not waited for any longer, and one that
    never said anything is waited for as long from `since` on (both `time.monotonic()`). Where all
    are silent there is nobody to go on with, and all are waited for.
    """

    def __init__(self, hold_seconds: float, since: float) -> None:
        self._hold = hold_seconds
        self._since = since
        self._frontiers: dict[int, Frontier] = {}
        self._heard: dict[int, float] = {}

    def take(self, frontier: Frontier, now: float) -> None:
        """Take what a partition said, heard at `now`."""
        known = self._frontiers.get(frontier.partition)
        if known is not None and known.epoch == frontier.epoch and known.told > frontier.told:
            frontier = msgspec.structs.replace(frontier, told=known.told)
        if known is None or frontier.told_at >= known.told_at:
            self._frontiers[frontier.partition] = frontier
            self._heard[frontier.partition] = now

    def is_repeated(self, told: Told) -> bool:
        """Whether activity says again what its partition had told before.

        A worker that was killed leaves what it had not stored to the next one, which tells it anew.
        """
        known = self._frontiers.get(told.partition)
        return known is not None and known.epoch == told.epoch and told.offset <= known.told

    def reached(self, now: float) -> int:
        """Return the event time up to which everybody has told everything; 0 where unknown."""
        awaited = self._awaited(now)
        return min((one.reached for one in awaited), default=0)

    def passed(self, now: float) -> int:
        """Return the event time up to which time has passed for everybody; 0 where unknown."""
        awaited = self._awaited(now)
        return min((one.passed for one in awaited), default=0)

    def watermark(self, now: float) -> int:
        """Return the event time before which nothing comes any more; 0 where unknown."""
        awaited = self._awaited(now)
        return min((one.watermark for one in awaited), default=0)

    def held_for(self, now: float) -> float:
        """Return for how many seconds a partition has been waited for, 0 where for none."""
        missing = [heard for heard in self._heard.values() if now - heard > 2.0]
        return max((now - heard for heard in missing), default=0.0)

    def _awaited(self, now: float) -> list[Frontier]:
        if not self._frontiers:
            return []
        newest = max(self._frontiers.values(), key=lambda one: one.told_at)
        if len(self._frontiers) < newest.partitions and now - self._since < self._hold:
            return []
        every = [one for one in self._frontiers.values() if one.partition < newest.partitions]
        fresh = [one for one in every if now - self._heard[one.partition] < self._hold]
        return fresh or every

    def saved(self) -> bytes:
        """Return the frontiers, for `restore`."""
        return msgspec.msgpack.encode(list(self._frontiers.values()))

    def restore(self, saved: bytes, now: float) -> None:
        """Take frontiers that were saved, as if heard at `now`."""
        for frontier in msgspec.msgpack.decode(saved, type=list[Frontier]):
            self.take(frontier, now)

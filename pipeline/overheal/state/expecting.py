"""How often a service was recovered while somebody expected it to be."""

from __future__ import annotations

import msgspec

from overheal.state.moments import Member
from overheal.state.rolling import RollingCount


class Expecting(msgspec.Struct):
    """One expectation as it stands for one service; `void_at` is 0 while it is not void.

    Counted is what began at or after `since`: of a counter that began before, only its last
    occurrence. Times are microseconds UTC of events.
    """

    since: int
    limit: int
    recoveries: RollingCount
    void_at: int = 0

    def count(self, member: Member, first_at: int, told_at: int) -> bool:
        """Take one automated recovery; return whether this made the expectation void.

        The occurrences lie after `first_at`, the event that told of them at `told_at`. It is void
        when `limit` recoveries lie in one window, from the event on that tells the last.
        """
        if self.void_at or member.at < self.since:
            return False
        counted = self.recoveries
        if first_at < self.since:
            member = msgspec.structs.replace(member, count=1)
        counted.forget_before(told_at - 2 * counted.width)
        counted.add(member, first_at)
        if counted.peak(member.at, self.limit).highest < self.limit:
            return False
        self.void_at = told_at
        self.recoveries = RollingCount(counted.width)
        return True

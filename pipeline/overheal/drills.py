"""Declared drills: spans in which what happens to some services is practice."""

from __future__ import annotations

import msgspec


class DeclaredDrill(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="kind",
    tag="drill",
):
    """One drill: it holds for since ≤ time < end (microseconds UTC).

    `end` is `until`, or `ended_at` where somebody ended it before. `services` are full or short
    names; without services and scopes it covers everything. In one with `no_automation` whatever
    automation does is a finding.
    """

    id: str
    since: int
    until: int
    services: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    owner: str = ""
    no_automation: bool = False
    author: str = ""
    ended_at: int | None = None

    @property
    def end(self) -> int:
        """When it is over (microseconds UTC)."""
        return self.until if self.ended_at is None else min(self.until, self.ended_at)

    @property
    def everything(self) -> bool:
        """Whether it covers every service there is."""
        return not self.services and not self.scopes

    def covers(self, service: str, scope: str) -> bool:
        """Return whether a service (full name), or the scope it belongs to, is part of it."""
        if self.everything:
            return True
        short = service.rpartition("/")[2]
        named = service != "" and (service in self.services or short in self.services)
        return named or scope in self.scopes

    def holds(self, time: int) -> bool:
        """Return whether it is under way at `time` (microseconds UTC)."""
        return self.since <= time < self.end

"""Which services something reached, and when: what crosses scopes names them for the others."""

from __future__ import annotations

Place = tuple[str, str]
"""Environment and service."""

Footprint = dict[Place, tuple[int, int]]
"""Environment and service → first and last moment it was reached (microseconds UTC)."""

SERVICES_KEPT = 50_000
"""Services that one finding names at most; those it reaches after that are left out."""


def tread(footprint: Footprint, environment: str, service: str, at: int) -> None:
    """Note that a service was reached at `at` (microseconds UTC); `""` is none.

    >>> found: Footprint = {}
    >>> for at in (5, 3, 9):
    ...     tread(found, "production", "checkout", at)
    >>> found
    {('production', 'checkout'): (3, 9)}
    """
    key = (environment, service)
    known = footprint.get(key)
    if known is not None:
        footprint[key] = (min(known[0], at), max(known[1], at))
    elif service and len(footprint) < SERVICES_KEPT:
        footprint[key] = (at, at)

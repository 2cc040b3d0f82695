"""Who writes what, and who depends on it: the agents, fields and services of a scope."""

from __future__ import annotations

from overheal.errors import InputError
from overheal.report.causal.who import Depends, ServiceMap, Writes
from overheal.run.asking import Span
from overheal.store import Store


def service_map(store: Store, scope: str, span: Span) -> ServiceMap:
    """Return the map of a scope, a service or ("") of everything, over a span of time.

    Raises `InputError` where a scope is named that nothing was written in.
    """
    store.settle()
    during = {"since": span.since, "until": span.until}
    rows = store.answered("who_writes", scope=scope, **during)
    if scope and not rows and not _known(store, scope):
        raise InputError(f"no scope or service is called {scope!r}; leave it out to see them all")
    writes = tuple(Writes(*row) for row in rows)
    inside = {(one.environment, one.service) for one in writes}
    depends = tuple(
        edge
        for edge in (Depends(*row) for row in store.answered("service_edges", **during))
        if not scope
        or (edge.environment, edge.cause) in inside
        or (edge.environment, edge.effect) in inside
    )
    return ServiceMap(scope, writes, depends)


def _known(store: Store, scope: str) -> bool:
    return any(name == scope or name.startswith(f"{scope}/") for name in store.service_names())

"""Who writes what, and who depends on it: the agents, fields and services of a scope."""

from __future__ import annotations

from overheal.catalog import Catalog
from overheal.contract.refusal import nearest
from overheal.errors import InputError
from overheal.report.causal.who import Depends, Needs, ServiceMap, Writes
from overheal.run.asking import Span
from overheal.run.catalogs import catalog_held, full_names
from overheal.store import Store


def service_map(store: Store, scope: str, span: Span, catalog: Catalog | None = None) -> ServiceMap:
    """Return the map of a scope, a service or ("") of everything, over a span of time.

    What services need is that of `catalog`, or else of the one that held at the end of the span.
    Raises `InputError` where a scope is named that nobody knows.
    """
    store.settle()
    during = {"since": span.since, "until": span.until}
    names = store.service_names()
    needs = _needs(catalog or catalog_held(store, span.until), names)
    rows = store.answered("who_writes", scope=scope, **during)
    everything = [*names, *(one.service for one in needs)]
    if scope and not rows and not any(_of(scope, name) for name in everything):
        scopes = {part for name in everything for part in _parts(name)}
        near = nearest(scope, [*everything, *sorted(scopes)])
        hint = f"did you mean {near!r}?" if near else "leave it out to see them all"
        raise InputError(f"no scope or service is called {scope!r}; {hint}")
    writes = tuple(Writes(*row) for row in rows)
    inside = {one.service for one in writes} | {name for name in everything if _of(scope, name)}
    led = [Depends(*row) for row in store.answered("service_edges", **during)]
    seen = {(one.effect, one.cause) for one in led}
    return ServiceMap(
        scope,
        writes,
        tuple(one for one in led if not scope or {one.cause, one.effect} & inside),
        tuple(
            one._replace(seen=(one.service, one.needs) in seen)
            for one in needs
            if not scope or {one.service, one.needs} & inside
        ),
    )


def _needs(catalog: Catalog, names: list[str]) -> list[Needs]:
    full = full_names(catalog, names)
    return sorted(
        Needs(full[name], full[need], entry.owner or "", seen=False)
        for name, entry in catalog.file.services.items()
        for need in set(entry.depends_on)
    )


def _parts(name: str) -> list[str]:
    """Return the scopes that a service's name begins with."""
    words = name.split("/")
    return ["/".join(words[:count]) for count in range(1, len(words))]


def _of(scope: str, name: str) -> bool:
    return name == scope or name.startswith(f"{scope}/")

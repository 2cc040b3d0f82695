"""Whether users feel it: on the service itself, or on one that depends on it in the catalog."""

from __future__ import annotations

from collections.abc import Callable

from overheal.catalog import Catalog
from overheal.model import Activity, Finding
from overheal.stages.row import Row
from overheal.state.footprint import Footprint
from overheal.state.scope import FELT_WITHIN, FleetState, ScopeState


def felt_at(state: ScopeState, service: str) -> int | None:
    """Return when users last felt a service, by its full name or by the catalog's short one."""
    full, short = state.felt.get(service), state.felt.get(service.rpartition("/")[2])
    return short if full is None or (short is not None and short > full) else full


def is_felt(state: ScopeState, finding: Finding) -> bool:
    """Whether users felt a finding's service within 15 minutes of its last moment."""
    at = felt_at(state, finding.service)
    return at is not None and abs(finding.last_at - at) <= FELT_WITHIN


def felt_elsewhere(catalog: Catalog, row: Row) -> set[str]:
    """Return the other scopes that hold what a service depends on, which users feel there too."""
    event = row.event
    return felt_from(catalog, event.environment, event.service) - {row.placement.scope}


def felt_from(catalog: Catalog, environment: str, service: str) -> set[str]:
    """Return the scopes that hold what a service depends on, where the catalog says which."""
    homes = {_home(catalog, name, service) for name in catalog.felt_by(service)}
    return {f"{environment}\0{home}" for home in homes if home}


def feel(state: FleetState, activity: Activity, catalog: Catalog) -> None:
    """Note that users felt a service, and with it all that the catalog says it depends on."""
    at = state.felt_last = activity.second
    for service in (activity.service, *catalog.felt_by(activity.service)):
        state.felt.put(f"{activity.environment}\0{service}", at, at)


def fleet_felt_at(state: FleetState, environment: str, service: str) -> int | None:
    """Return when users of an environment last felt a service, by its full or its short name."""
    full = state.felt.get(f"{environment}\0{service}")
    short = state.felt.get(f"{environment}\0{service.rpartition('/')[2]}")
    return short if full is None or (short is not None and short > full) else full


def is_fleets_felt(state: FleetState, finding: Finding, reaches: Callable[[], Footprint]) -> bool:
    """Whether users felt a service within 15 minutes of when the finding reached it.

    What it `reaches` is asked only where they felt anything. What was judged before is not felt
    anew by what happens long after that.
    """
    newest = state.felt_last
    if not newest or (finding.tier_history and finding.last_at - newest > FELT_WITHIN):
        return False
    for (environment, service), (first, last) in reaches().items():
        at = fleet_felt_at(state, environment, service)
        if at is not None and first - FELT_WITHIN <= at <= last + FELT_WITHIN:
            return True
    return False


def _home(catalog: Catalog, name: str, dependant: str) -> str:
    """Return the scope of a service that the catalog names, `""` for that of its dependant."""
    entry = catalog.entry(name)
    if entry is not None and entry.scope:
        return entry.scope
    return name.rpartition("/")[0] or ("" if "/" in dependant else name)

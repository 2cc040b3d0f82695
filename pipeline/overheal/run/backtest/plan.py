"""What a backtest has to run: only detectors that can make a difference, and who explains them.

Detectors are named; one name may stand in both stages. Scopes and detectors are independent of
each other but for three things, and each is kept whole here: of a success that is disproved
(`ineffective_recovery`) others hear no outcome any more, findings explain or replace each other
(`stages.relations`), and a finding of the fleet explains those of all services it reaches.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from overheal.catalog import Catalog
from overheal.declared import Record
from overheal.detect.base import Detector
from overheal.detect.registry import FLEET_DETECTORS, SCOPE_DETECTORS, named, names
from overheal.drills import DeclaredDrill
from overheal.model import VARIANT
from overheal.run.config.judging import from_judging
from overheal.stages.roots import ROOTS
from overheal.stages.rules import Rules, rules_of

DISPROVES = "ineffective_recovery"
"""The detector after which outcomes mean something else to the others of its scope."""

EXPLAINS: Mapping[str, str] = {
    "masked_degradation": "recovery_frequency",
    "agent_conflict": "thrashing",
}
"""Whose findings can take the page of whose (`stages.relations`); those of ROOTS that of all."""

FACTS = ("on_recovery", "on_change", "on_observed", "on_outcome")
FLEET = frozenset(kind.name for kind in FLEET_DETECTORS)
SCOPE = frozenset(kind.name for kind in SCOPE_DETECTORS)


class Setting(msgspec.Struct, frozen=True):
    """One setting that differs: of every service (`service` empty), or of one."""

    detector: str
    name: str
    service: str
    before: Any
    after: Any


class Plan(msgspec.Struct, frozen=True):
    """What has to run, by the names of detectors.

    Those `apart` run with the settings of each side, and what they find is compared. Findings of
    those `explained` are the same on both sides and may page on one alone, since what carries them
    is among those `apart`. `roots` can decide whether a finding pages and are the same on both
    sides. Where the catalogs differ beyond settings (`elsewhere` says in what), events may belong
    to other places on each side.
    """

    apart: frozenset[str]
    explained: frozenset[str]
    roots: frozenset[str]
    settings: tuple[Setting, ...]
    elsewhere: tuple[str, ...] = ()
    swayed: frozenset[str] = frozenset()

    @property
    def same_places(self) -> bool:
        """Whether every event belongs to the same place on both sides."""
        return not self.elsewhere

    @property
    def judged(self) -> frozenset[str]:
        """Those whose findings or pages may differ."""
        return self.apart | self.explained | self.swayed


def planned(before: bytes, after: bytes) -> Plan:
    """Return what has to run to tell two rules apart, given as `run.config.judging` writes them."""
    differing = settings_apart(before, after)
    elsewhere = catalogs_apart(before, after)
    apart = frozenset(names()) if elsewhere else frozenset(one.detector for one in differing)
    swayed = frozenset[str]()
    if DISPROVES in apart:
        hearing = (kind.name for kind in SCOPE_DETECTORS if overrides(kind, ("on_outcome",)))
        swayed = frozenset(hearing) - apart
    explained = {EXPLAINS[name] for name in apart | swayed if name in EXPLAINS}
    if apart.intersection(ROOTS):
        explained = set(names())
    roots = set(ROOTS) if apart else set()
    roots |= {name for name, other in EXPLAINS.items() if other in apart | swayed | explained}
    return Plan(
        apart=apart,
        explained=frozenset(explained - apart),
        roots=frozenset(roots - apart),
        settings=tuple(differing),
        elsewhere=tuple(elsewhere),
        swayed=swayed,
    )


def variant(rules: Rules, beside: Rules) -> Rules:
    """Return rules with the scope detectors of `beside`, then those of `rules` under other names.

    So both run in one pass: a finding of the latter has the detector's name and `VARIANT`.
    """
    others = [
        type(type(one).__name__, (type(one),), {"name": f"{one.name}{VARIANT}"})(one.settings)
        for one in rules.scope
    ]
    return Rules(rules.catalog, [*beside.scope, *others], [])


def overrides(kind: type[Any], hooks: Collection[str]) -> bool:
    """Return whether a detector of the scope stage cares for any of some hooks."""
    return any(getattr(kind, hook) is not getattr(Detector, hook) for hook in hooks)


def rules_from(judging: bytes) -> Rules:
    """Return the rules of one side."""
    catalog, settings = from_judging(judging)
    return rules_of(catalog, settings)


def part(rules: Rules, chosen: Collection[str]) -> Rules:
    """Return rules with these detectors only."""
    scope = [one for one in rules.scope if one.name in chosen]
    fleet = [one for one in rules.fleet if one.name in chosen]
    return Rules(rules.catalog, scope, fleet)


def drills_of(catalog: Catalog, declared: Sequence[Record]) -> list[DeclaredDrill]:
    """Return all drills, of the catalog and by command."""
    found = [one.declared() for one in catalog.file.drills]
    return found + [one for one in declared if isinstance(one, DeclaredDrill)]


def settings_apart(before: bytes, after: bytes) -> list[Setting]:
    """Return the settings that differ, those of every service first."""
    (catalog, common), (other_catalog, other) = from_judging(before), from_judging(after)
    services = sorted({*catalog.file.services, *other_catalog.file.services})
    found: list[Setting] = []
    for name in names():
        kind = named(name)[0]
        found += _differing(name, "", common.lookup(kind)("", ""), other.lookup(kind)("", ""))
        for service in services:
            pair = (common.lookup(kind)("", service), other.lookup(kind)("", service))
            known = {(one.name, one.before, one.after) for one in found if one.detector == name}
            found += [
                one
                for one in _differing(name, service, *pair)
                if (one.name, one.before, one.after) not in known
            ]
    return found


def catalogs_apart(before: bytes, after: bytes) -> list[str]:
    """Return where two catalogs differ beyond settings of detectors, as paths of their keys."""
    return _paths_apart(_bare(before), _bare(after), "")


def _differing(detector: str, service: str, one: Any, other: Any) -> list[Setting]:
    return [
        Setting(detector, name, service, getattr(one, name), getattr(other, name))
        for name in type(one).__dataclass_fields__
        if getattr(one, name) != getattr(other, name)
    ]


def _bare(judging: bytes) -> dict[str, Any]:
    """Return a catalog without settings of detectors."""
    catalog: dict[str, Any] = json.loads(judging)["catalog"]
    for entry in catalog.get("services", {}).values():
        entry.pop("detectors", None)
    return catalog


def _paths_apart(one: Any, other: Any, path: str) -> list[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        found = []
        for key in sorted({*one, *other}):
            inner = f"{path}.{key}" if path else key
            if (key in one) != (key in other):
                found.append(inner)
            else:
                found += _paths_apart(one[key], other[key], inner)
        return found
    return [] if one == other else [path]

"""What the owners say about their services, and where an event belongs because of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from pydantic import AwareDatetime, Field, ValidationError

from overheal.catalog_checks import refuse
from overheal.contract.refusal import explain
from overheal.contract.schema import ActionType, Part
from overheal.drills import DeclaredDrill
from overheal.errors import ConfigError, RecordError
from overheal.model import Event


class FailureMode(Part):
    """One way in which a service fails, from the team's failure mode analysis."""

    symptom: str | None = None
    recovery: ActionType | None = None
    within_seconds: float | None = None
    after: list[str] = Field(default_factory=list)
    last_tested: date | None = None


class ServiceEntry(Part):
    """What is known about one service; everything is optional."""

    owner: str | None = None
    tier: int | None = None
    stateful: bool | None = None
    scope: str | None = None
    environment: str | None = None
    depends_on: list[str] = Field(default_factory=list)
    allowed_autonomy_level: int | None = Field(None, ge=0, le=4)
    boundaries: list[ActionType] | None = None
    escalate_below_confidence: float | None = Field(None, ge=0, le=1)
    required_policy_checks: list[str] = Field(default_factory=list)
    runbook: str | None = None
    failure_modes: dict[str, FailureMode] = Field(default_factory=dict)
    detectors: dict[str, dict[str, Any]] = Field(default_factory=dict)


class Drill(Part):
    """A declared drill: its actions are recorded and shown, and kept out of findings."""

    id: str
    services: list[str] | None = None
    scopes: list[str] | None = None
    from_: AwareDatetime = Field(alias="from")
    until: AwareDatetime
    owner: str | None = None
    no_automation: bool = False

    def declared(self) -> DeclaredDrill:
        """Return it as it is judged by."""
        everything = self.services is None and self.scopes is None
        return DeclaredDrill(
            id=self.id,
            since=_micros(self.from_),
            until=_micros(self.until),
            # What names nothing covers nothing, which no list of names would say.
            services=() if everything else tuple(self.services or ("",)),
            scopes=tuple(self.scopes or ()),
            owner=self.owner or "",
            no_automation=self.no_automation,
        )


class Environments(Part):
    """How environments are judged."""

    sandbox: list[str] = Field(default_factory=list)


class CatalogFile(Part):
    """The whole file."""

    services: dict[str, ServiceEntry] = Field(default_factory=dict)
    drills: list[Drill] = Field(default_factory=list)
    environments: Environments = Field(default_factory=Environments)


class Placement(msgspec.Struct, frozen=True, gc=False):
    """Where an event belongs; shared by all events of one service."""

    key: str
    scope: str
    owner: str = ""
    drills: tuple[tuple[int, int, str], ...] = ()

    def drill_at(self, time: int) -> str:
        """Return the id of the drill under way at `time` (microseconds UTC), or `""`."""
        for start, end, drill in self.drills:
            if start <= time < end:
                return drill
        return ""


class Catalog:
    """Looks up where events belong; made from a parsed file by `parse`."""

    def __init__(self, file: CatalogFile | None = None) -> None:
        self._file = file or CatalogFile()
        self._placements: dict[tuple[str, str, str], Placement] = {}
        self._matched: dict[str, str] = {}
        self._sandbox = frozenset(self._file.environments.sandbox)
        self._dependants = self._reach()
        self._predecessors = frozenset(
            name
            for entry in self._file.services.values()
            for mode in entry.failure_modes.values()
            for name in mode.after
        )
        self._drills = {drill.id: drill.declared() for drill in self._file.drills}

    def place(self, event: Event) -> Placement:
        """Return where an event belongs.

        Raises `ConfigError` where a short name of the catalog fits two different services.
        """
        key = (event.environment, event.service, event.scope)
        found = self._placements.get(key)
        return self.place_of(*key) if found is None else found

    def place_of(self, environment: str, service: str, scope: str) -> Placement:
        """Return where events belong that say so; raises as `place` does."""
        key = (environment, service, scope)
        found = self._placements.get(key)
        if found is None:
            found = self._placements[key] = self._place(*key)
        return found

    def entry(self, service: str) -> ServiceEntry | None:
        """Return what is known about a service, by its full or its unambiguous short name."""
        entry = self._file.services.get(service)
        if entry is not None or not service:
            return entry
        short = service.rpartition("/")[2]
        entry = self._file.services.get(short)
        if entry is not None:
            other = self._matched.setdefault(short, service)
            if other != service:
                raise ConfigError(
                    f"catalog: services.{short} is ambiguous: it fits {other!r} and {service!r}; "
                    "write the full names"
                )
        return entry

    def is_sandbox(self, environment: str) -> bool:
        """Return whether an environment is judged but never paged."""
        return environment in self._sandbox

    def drill(self, drill_id: str) -> DeclaredDrill | None:
        """Return a drill of the file by its id."""
        return self._drills.get(drill_id)

    @property
    def file(self) -> CatalogFile:
        """What it was made of."""
        return self._file

    def overrides(self, service: str) -> dict[str, dict[str, Any]]:
        """Return the detector settings that hold for one service only, by detector."""
        entry = self.entry(service)
        return entry.detectors if entry is not None else {}

    def needs(self, service: str) -> frozenset[str]:
        """Return the catalog names of all that a service depends on, however indirectly."""
        return self.felt_by(service)

    def predecessors(self) -> frozenset[str]:
        """Return the catalog names of all that some failure mode's recovery has to come after."""
        return self._predecessors

    def in_drill(self, event: Event, since: int) -> bool:
        """Return whether a drill was under way where an event belongs, from `since` until then."""
        drills = self.place(event).drills
        return any(start <= event.time and since < end for start, end, _ in drills)

    def felt_by(self, service: str) -> frozenset[str]:
        """Return the catalog names whose trouble shows on `service`: all it depends on."""
        found = self._dependants.get(service)
        return found or self._dependants.get(service.rpartition("/")[2], frozenset())

    def _place(self, environment: str, service: str, scope: str) -> Placement:
        entry = self.entry(service)
        declared = entry.scope if entry is not None else None
        home = declared or scope or service
        drills = tuple(
            (drill.since, drill.until, drill.id)
            for drill in self._drills.values()
            if drill.covers(service, home)
        )
        return Placement(
            key=f"{environment}\0{service}",
            scope=f"{environment}\0{home}",
            owner=(entry.owner or "") if entry is not None else "",
            drills=drills,
        )

    def _reach(self) -> dict[str, frozenset[str]]:
        direct = {name: set(entry.depends_on) for name, entry in self._file.services.items()}
        reach: dict[str, frozenset[str]] = {}
        for name, needed in direct.items():
            seen: set[str] = set()
            ahead = set(needed)
            while ahead:
                item = ahead.pop()
                if item not in seen:
                    seen.add(item)
                    ahead |= direct.get(item, set())
            reach[name] = frozenset(seen - {name})
        return reach


def parse(document: dict[str, Any], origin: str, detectors: list[str]) -> Catalog:
    """Return the catalog of a parsed TOML or YAML document.

    Settings of detectors stand directly under a service, by the detector's name. Raises
    `ConfigError` naming `origin`, the key and the nearest valid name.
    """
    services = document.get("services")
    if isinstance(services, dict):
        document = {**document, "services": {}}
        for name, entry in services.items():
            if isinstance(entry, dict):
                settings = {key: entry[key] for key in entry if key in detectors}
                entry = {key: entry[key] for key in entry if key not in detectors}  # noqa: PLW2901
                if settings:
                    entry["detectors"] = settings
            document["services"][name] = entry
    try:
        file = CatalogFile.model_validate(document)
    except ValidationError as error:
        problem = explain(error, CatalogFile)
        raise _located(problem, origin) from None
    for drill in file.drills:
        if drill.until <= drill.from_:
            raise ConfigError(f"{origin}: drills.{drill.id}: `until` must lie after `from`")
    refuse(file, origin)
    return Catalog(file)


def _located(problem: RecordError, origin: str) -> ConfigError:
    path = problem.path.removeprefix("$.")
    return ConfigError(f"{origin}: {path}: {problem.problem}; {problem.remedy}")


def _micros(moment: Any) -> int:
    return int(moment.timestamp()) * 1_000_000 + int(moment.microsecond)

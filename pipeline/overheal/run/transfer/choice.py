"""Which rows of which table an export takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from overheal.errors import InputError
from overheal.model import MICROSECOND
from overheal.run.control.desk import checked
from overheal.run.moments import rfc3339
from overheal.store import Store
from overheal.store.tables import Table

_EVENTS = ("action_events", "observations")
_STATE = "detector_state"
_TIMES = ("time", "received_at", "written_at", "at", "since", "holds_from", "created_at")
_OF_ACTION = (
    "(action_id = {action:String} OR id = {action:String} OR witness_of = {action:String}"
    " OR has(caused_by, {action:String}))"
)
_SERVICE = "(service = {service:String} OR endsWith(service, concat('/', {service:String})))"


@dataclass(frozen=True)
class Choice:
    """What is wanted: start ≤ time < end (µs UTC, None: no bound), a service, an action's id."""

    since: int | None = None
    until: int | None = None
    service: str = ""
    action: str = ""

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return self == Choice()

    def filters(self) -> dict[str, str | None]:
        """Return the choice as a manifest states it."""
        return {
            "since": rfc3339(self.since),
            "until": rfc3339(self.until),
            "service": self.service or None,
            "action": self.action or None,
        }


def check(store: Store, choice: Choice) -> None:
    """Raise `InputError` where nobody has heard of the service or action, naming the nearest."""
    if choice.service:
        warning = checked(choice.service, store.service_names())
        if warning:
            raise InputError(warning)
    near = store.nearest_actions(choice.action) if choice.action else []
    if near:
        hint = f"; the nearest ids are {', '.join(near)}" if near[0] else "; the store has none"
        raise InputError(f"no action or event is called {choice.action!r}{hint}")


def condition(table: Table, choice: Choice) -> tuple[str, Mapping[str, Any]] | str:
    """Return the condition for the rows of a table and its parameters, or why none are taken."""
    if choice.everything:
        return "1", {}
    if table.name == _STATE:
        return "what detectors remember is only right for the whole history"
    parts: list[str] = []
    values: dict[str, Any] = {}
    if choice.action:
        named = _of_action(table)
        if named is None:
            return "it does not say which action its rows belong to"
        parts.append(named)
        values["action"] = choice.action
    if choice.service:
        of_service = _of_service(table)
        if of_service is None:
            return "it does not say which service its rows belong to"
        parts.append(of_service)
        values["service"] = choice.service
    parts += _within(table, choice, values)
    return " AND ".join(parts) or "1", values


def _of_action(table: Table) -> str | None:
    if table.name in _EVENTS:
        return _OF_ACTION
    if table.name == "dead_letters":
        return "position(payload, {action:String}) > 0"
    if table.name == "findings":
        events = f"SELECT groupArray(id) FROM action_events FINAL WHERE {_OF_ACTION}"  # noqa: S608 - no values in it
        return f"hasAny(members, ({events}))"
    return "action_id = {action:String}" if "action_id" in table.columns else None


_OF_FINDING = f"id IN (SELECT id FROM findings WHERE {_SERVICE})"  # noqa: S608 - no values in it
_NAMED = f"({_SERVICE} OR endsWith({{service:String}}, concat('/', service)))"
"""As people name a service: what they say of `cart` holds for `shop/cart`."""

_BY_TABLE = {
    "acknowledgements": (
        f"({_OF_FINDING} OR id IN (SELECT id FROM follow_ups WHERE {_SERVICE}))"  # noqa: S608
    ),
    "drills": (
        f"(empty(services) AND empty(scopes) OR arrayExists(service -> {_NAMED}, services) OR "  # noqa: S608
        f"hasAny(scopes, (SELECT groupUniqArray(scope) FROM action_events WHERE {_SERVICE})))"
    ),
    "expectations": _NAMED,
    "finding_relations": _OF_FINDING,
    "labels": f"(service != '' AND {_NAMED} OR {_OF_FINDING})",
}
"""What is about a service without naming it: what covers everything covers each."""


def _of_service(table: Table) -> str | None:
    if table.name in _BY_TABLE:
        return _BY_TABLE[table.name]
    return _SERVICE if "service" in table.columns else None


def _within(table: Table, choice: Choice, values: dict[str, Any]) -> list[str]:
    """Return the conditions of time; a table without a time is taken whole."""
    first = last = next((name for name in _TIMES if name in table.columns), None)
    if {"first_at", "last_at"} <= table.columns.keys() and table.name not in _EVENTS:
        first, last = "first_at", "last_at"
    parts = []
    if choice.since is not None and last is not None:
        parts.append(f"{last} >= {{since:DateTime64(6, 'UTC')}}")
        values["since"] = _moment(choice.since)
    if choice.until is not None and first is not None:
        parts.append(f"{first} < {{until:DateTime64(6, 'UTC')}}")
        values["until"] = _moment(choice.until)
    return parts


def _moment(at: int) -> str:
    seconds, rest = divmod(at, MICROSECOND)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{rest:06d}"

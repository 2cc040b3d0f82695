"""Questions about causes and changes: each one query, and how its columns are called.

Each raises `InputError`, naming the nearest, for a service or a field that the store has never
heard of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from overheal.errors import InputError
from overheal.run.causes import node_named
from overheal.run.kpis import known_service
from overheal.store import Store

MOST = 100
FOREVER = 4_102_444_800_000_000


@dataclass(frozen=True)
class Answer:
    """Rows as the query gave them; times are RFC 3339 UTC."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def records(self) -> list[dict[str, Any]]:
        """Return the rows by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Span:
    """From and to when, both inclusive, microseconds UTC."""

    since: int = 0
    until: int = FOREVER


def last_writer(store: Store, target: str, field: str, at: int) -> Answer:
    """Return who wrote a field of a target last, at or before a moment (µs UTC).

    A target is called by its name, or by `[cluster/]namespace/name`.
    """
    columns: tuple[str, ...] = (
        "at",
        "agent",
        "agent_kind",
        "old",
        "new",
        "type",
        "kind",
        "service",
    )
    columns += ("environment", "action_id")
    return Answer(columns, _of_target(store, "last_writer", target, field=field, until=at))


def values(store: Store, target: str, field: str, span: Span) -> Answer:
    """Return the values of a field over time, the latest first, at most `MOST`."""
    columns = ("at", "agent", "old", "new", "type", "service", "environment", "action_id")
    rows = _of_target(store, "field_values", target, field=field, **_span(span))
    return Answer(columns, rows)


def _of_target(
    store: Store, question: str, target: str, **asked: str | int
) -> list[tuple[Any, ...]]:
    """Return the answer for the target of that name, else of that name in that namespace."""
    rows = store.answered(question, target=target, namespace="", **asked)
    namespace, _, name = target.rpartition("/")
    if not rows and namespace and name:
        rows = store.answered(question, target=name, namespace=namespace, **asked)
    if not rows:
        _check_target(store, target, name, str(asked["field"]))
    return rows


def _check_target(store: Store, target: str, name: str, field: str) -> None:
    """Raise `InputError`, naming the nearest, for a field that nobody ever wrote."""
    near = store.answered("field_nearest", target=target, name=name, field=field)
    if any(known for *_, known in near):
        return
    told = ", ".join(f"{one} of {thing}" for thing, one, _ in near)
    verb = "is" if len(near) == 1 else "are"
    hint = f"the nearest {verb} {told}" if told else "no write of any field is stored"
    raise InputError(f"nobody ever wrote {field} of {target}; {hint}")


def changed_before(store: Store, service: str, at: int, within: int) -> Answer:
    """Return what changed on a service and in its scope within a time before a moment (µs)."""
    columns: tuple[str, ...] = (
        "at",
        "service",
        "agent",
        "type",
        "target",
        "field",
        "old",
        "new",
        "outcome",
    )
    columns += ("action_id",)
    known_service(store, service)
    span = Span(max(0, at - within), at)
    return Answer(columns, store.answered("changed_before", service=service, **_span(span)))


def overrode(store: Store, service: str, span: Span) -> Answer:
    """Return which agent overrode which other's values, of a service or ("") of all."""
    known_service(store, service)
    columns = ("overrider", "overridden", "times", "fields", "example", "last_at")
    return Answer(columns, store.answered("overrode", service=service, **_span(span)))


def to_pages(store: Store, service: str, span: Span) -> Answer:
    """Return the chains that end in a page, on a service or ("") on any."""
    known_service(store, service)
    store.settle()
    columns = ("time", "service", "page", "root", "links")
    return Answer(columns, store.answered("chains_to_pages", service=service, **_span(span)))


def together(store: Store, service: str, span: Span) -> Answer:
    """Return which services recover together, with a service or ("") any."""
    known_service(store, service)
    columns = ("environment", "one", "other", "together", "share")
    return Answer(columns, store.answered("recover_together", service=service, **_span(span)))


def similar(store: Store, asked: str) -> Answer:
    """Return earlier chains like the one that something belongs to; raises as `tree_of`."""
    store.settle()
    node = node_named(store, asked)
    rows = sorted(store.roots_of([node]), key=lambda row: (row.depth, row.root))
    root = rows[0].root if rows else node
    columns = ("at", "root", "links", "alike", "led_to")
    return Answer(columns, store.answered("similar_chains", root=root, most=MOST))


def _span(span: Span) -> dict[str, int]:
    return {"since": span.since, "until": span.until, "most": MOST}

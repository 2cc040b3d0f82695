"""Findings that a store holds: chosen, and one of them with all that belongs to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from overheal.contract.refusal import nearest
from overheal.errors import InputError
from overheal.model import Finding
from overheal.report.document import finding_part
from overheal.report.order import in_order
from overheal.report.parts import FindingPart
from overheal.store import Store


@dataclass(frozen=True)
class Choice:
    """Which findings are wanted; what is empty does not matter. `since` is microseconds UTC."""

    detector: str = ""
    tier: str = ""
    status: str = ""
    service: str = ""
    since: int = 0


@dataclass(frozen=True)
class Explained:
    """One finding, the one that explains it, and those that it explains."""

    finding: FindingPart
    root: FindingPart | None
    beneath: Sequence[FindingPart]


def chosen(store: Store, choice: Choice) -> list[FindingPart]:
    """Return the findings of a choice, loudest first, each after the one that explains it."""
    return [
        part
        for finding, root in in_order(store.findings(), include_withdrawn=bool(choice.status))
        if finding.last_at >= choice.since
        and _is_chosen(part := finding_part(finding, root), choice)
    ]


def explained(store: Store, asked: str) -> Explained:
    """Return the finding with this id, or with an id that begins so.

    Raises `InputError` where there is none or several, naming the nearest.
    """
    every = store.findings()
    finding = _named(every, asked)
    told = in_order(every, include_withdrawn=True)
    parts = {one.id: finding_part(one, root) for one, root in told}
    part = parts[finding.id]
    root = parts.get(part.inhibited_by or "")
    beneath = [one for one in parts.values() if one.inhibited_by == finding.id]
    return Explained(part, root, beneath)


def _is_chosen(part: FindingPart, choice: Choice) -> bool:
    return (
        choice.detector in ("", part.detector)
        and choice.tier in ("", part.tier)
        and choice.status in ("", part.status)
        and choice.service in ("", part.service, part.service.rpartition("/")[2])
    )


def _named(every: Sequence[Finding], asked: str) -> Finding:
    known = {one.id: one for one in every}
    return known[one_id(known, asked, "finding", "`overheal findings list` shows all")]


def one_id(known: Iterable[str], asked: str, what: str, otherwise: str) -> str:
    """Return the id that is meant by `asked`: that one, or the only one that begins so.

    Raises `InputError` where there is none or several, naming the nearest, or else `otherwise`.
    """
    ids = list(dict.fromkeys(known))
    if asked in ids:
        return asked
    found = [one for one in ids if asked and one.startswith(asked)]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(found[:5])
        raise InputError(f"{asked} is the beginning of {len(found)} {what}s: {names}; write more")
    near = most_like(asked, ids)
    hint = f"did you mean {near}?" if near else otherwise
    raise InputError(f"no {what} is called {asked!r}; {hint}")


def most_like(asked: str, ids: Sequence[str]) -> str | None:
    """Return the id that looks most like `asked`, or begins most like it; None where none does."""
    begun = {one[: len(asked)]: one for one in reversed(ids)}
    near = nearest(asked, [*ids, *begun])
    return begun.get(near, near) if near else None

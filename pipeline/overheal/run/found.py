"""Findings that a store holds: chosen, and one of them with all that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
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
    if asked in known:
        return known[asked]
    found = [one for one in every if asked and one.id.startswith(asked)]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(one.id for one in found[:5])
        raise InputError(f"{asked} is the beginning of {len(found)} findings: {names}; write more")
    near = nearest(asked, known)
    hint = f"did you mean {near}?" if near else "`overheal findings list` shows all"
    raise InputError(f"no finding is called {asked!r}; {hint}")

"""Declaring, listing and removing expectations."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from overheal.contract.refusal import nearest
from overheal.declared import Declared
from overheal.errors import InputError, OptionError
from overheal.expectations import Expectation, Period, expectation_id
from overheal.run.control.desk import Desk
from overheal.run.moments import ahead, span_of
from overheal.stages.expected import fresh
from overheal.state.expecting import Expecting
from overheal.state.moments import Member
from overheal.state.words import clock


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to expect; `until` as they wrote it."""

    service: str
    count: int
    per: Period
    until: str
    owner: str
    reason: str
    environment: str = ""
    detector: str = ""
    author: str = ""


@dataclass(frozen=True)
class Listed:
    """One expectation, and how it stands: `planned`, `active`, `ended`, `removed` or `void`.

    `void_at` is microseconds UTC; None where it is not void, or that is not known.
    """

    record: Expectation
    state: str
    void_at: int | None = None


def add(desk: Desk, wanted: Wanted, now: int) -> tuple[Expectation, bool]:
    """Declare an expectation; return it, and whether it is new.

    What holds already, for as long, is not declared twice. Raises `OptionError` for an end that is
    not one.
    """
    since = now + desk.lead
    until = ahead("--until", wanted.until, now)
    if until <= since:
        raise OptionError("--until", f"{clock(until)} is over; write a time to come, or 7d")
    declared = desk.declared()
    known = _same(declared, wanted, now, until)
    if known is not None:
        return known, False
    made = Expectation(
        id="",
        service=wanted.service,
        environment=wanted.environment,
        detector=wanted.detector,
        count=wanted.count,
        per=wanted.per,
        owner=wanted.owner,
        reason=wanted.reason,
        since=since,
        until=until,
        author=wanted.author,
    )
    name = expectation_id(made)
    number = 1
    while (free := name if number == 1 else f"{name}-{number}") in declared.expectations:
        number += 1  # one that was removed, or ended, keeps its id
    made = msgspec.structs.replace(made, id=free)
    desk.write(made)
    return made, True


def remove(desk: Desk, name: str, now: int) -> tuple[Expectation, bool]:
    """Take an expectation back; return it as it stands, and whether it held until now.

    Raises `InputError` for an unknown id.
    """
    known = desk.declared().expectations
    found = known.get(name)
    if found is None:
        raise InputError(unknown("expectation", name, list(known), "overheal expect list"))
    if found.end <= now + desk.lead:
        return found, False
    removed = msgspec.structs.replace(found, removed_at=now + desk.lead)
    desk.write(removed)
    return removed, True


def listed(desk: Desk, now: int) -> list[Listed]:
    """Return all expectations and how they stand, the oldest first."""
    found = desk.declared().expectations.values()
    return [_stands(desk, one, now) for one in sorted(found, key=lambda one: (one.since, one.id))]


def unknown(what: str, name: str, known: list[str], command: str) -> str:
    """Return the sentence for an id that nobody declared."""
    near = nearest(name, known)
    remedy = f"did you mean {near!r}?" if near else f"`{command}` shows what there is"
    return f"no {what} has the id {name!r}; {remedy}"


def void_at(desk: Desk, one: Expectation, now: int) -> int | None:
    """Return when an expectation became void for the first of its services, as far as is stored."""
    rows = desk.recoveries(one.service, one.since, min(one.end, now + 1))
    found: list[int] = []
    counts: dict[tuple[str, str], Expecting] = {}
    for row in rows or ():
        if one.fits(row.environment, row.service):
            key = (row.environment, row.service)
            standing = counts.setdefault(key, fresh(one))
            member = Member(row.at, row.id, "", "", "", row.count)
            if standing.count(member, row.first_at, row.told_at):
                found.append(row.told_at)
    return min(found, default=None)


def _stands(desk: Desk, one: Expectation, now: int) -> Listed:
    if now < one.since:
        return Listed(one, "planned" if one.end > one.since else "removed")
    void = void_at(desk, one, now)
    if void is not None:
        return Listed(one, "void", void)
    if now < one.end:
        return Listed(one, "active")
    return Listed(one, "removed" if one.removed_at is not None else "ended")


def _same(declared: Declared, wanted: Wanted, now: int, until: int) -> Expectation | None:
    """Return the expectation that says the same and has not ended."""
    length = span_of(wanted.until)
    for one in declared.expectations.values():
        same = all(
            getattr(one, name) == getattr(wanted, name)
            for name in ("service", "environment", "detector", "count", "per", "owner", "reason")
        )
        # A span begins when it is written, `lead` before the expectation holds.
        as_long = one.until == until or (
            length is not None and abs(one.until - one.since - length) <= _LEADS
        )
        if same and as_long and one.removed_at is None and now < one.end:
            return one
    return None


_LEADS = 10_000_000
"""Spans that differ by less are the same (microseconds)."""

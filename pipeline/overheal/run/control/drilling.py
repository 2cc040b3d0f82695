"""Declaring, listing and ending drills."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from overheal.drills import DeclaredDrill
from overheal.errors import InputError, OptionError
from overheal.model import HOUR
from overheal.run.control.desk import Desk
from overheal.run.control.expecting import unknown
from overheal.run.moments import ahead
from overheal.state.words import clock

DEFAULT_LENGTH = 2 * HOUR


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to practise; times as they wrote them, None for now and two hours."""

    id: str
    services: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    start: str | None = None
    until: str | None = None
    owner: str = ""
    no_automation: bool = False
    author: str = ""


@dataclass(frozen=True)
class Listed:
    """One drill, and how it stands: `planned`, `active` or `ended`."""

    record: DeclaredDrill
    state: str


def start(desk: Desk, wanted: Wanted, now: int) -> tuple[DeclaredDrill, bool]:
    """Declare a drill; return it, and whether it is new.

    Raises `OptionError` for times that cannot be, and `InputError` for an id that is another's.
    """
    since, until = _window(wanted, now, now + desk.lead)
    made = DeclaredDrill(
        id=wanted.id,
        since=since,
        until=until,
        services=wanted.services,
        scopes=wanted.scopes,
        owner=wanted.owner,
        no_automation=wanted.no_automation,
        author=wanted.author,
    )
    known = desk.declared().drills.get(wanted.id)
    if known is None:
        desk.write(made)
        known = desk.declared().drills.get(wanted.id, made)
        if known == made:
            return made, True
    if known.ended_at is None and now < known.until and _same(known, made, wanted):
        return known, False
    how = f"was ended {clock(known.end)}" if known.end <= now else "is another one"
    raise InputError(
        f"the drill {wanted.id!r} {how}: an id names one drill for ever; choose another id"
    )


def end(desk: Desk, name: str, now: int) -> DeclaredDrill:
    """End a drill, or call one off; raises `InputError` where there is none to end."""
    drills = desk.declared().drills
    found = drills.get(name)
    if found is None:
        raise InputError(unknown("drill", name, list(drills), "overheal drill list"))
    if found.end <= now + desk.lead:
        if found.ended_at is not None:
            return found
        raise InputError(f"the drill {name!r} is over since {clock(found.until)}")
    ended = msgspec.structs.replace(found, ended_at=now + desk.lead)
    desk.write(ended)
    return ended


def listed(desk: Desk, now: int) -> list[Listed]:
    """Return all drills and how they stand, the oldest first."""
    found = sorted(desk.declared().drills.values(), key=lambda one: (one.since, one.id))
    return [Listed(one, _state(one, now)) for one in found]


def _state(one: DeclaredDrill, now: int) -> str:
    if now >= one.end or one.end <= one.since:
        return "ended"
    return "planned" if now < one.since else "active"


def _window(wanted: Wanted, now: int, earliest: int) -> tuple[int, int]:
    since = earliest
    if wanted.start is not None:
        since = ahead("--from", wanted.start, now)
        if since < now:
            raise OptionError(
                "--from",
                f"{clock(since)} is over, and what happened is judged; leave --from out to begin "
                "now",
            )
        since = max(since, earliest)
    if wanted.until is None:
        return since, since + DEFAULT_LENGTH
    # A span is the drill's length, whenever that begins.
    until = ahead("--until", wanted.until, since)
    if until <= now:
        raise OptionError("--until", f"{clock(until)} is over; write a time to come, or 2h")
    if until <= since:
        raise OptionError(
            "--until", f"{clock(until)} does not lie after the beginning, {clock(since)}"
        )
    return since, until


def _same(known: DeclaredDrill, made: DeclaredDrill, wanted: Wanted) -> bool:
    """Return whether a command says again what is known; spans and "now" begin anew each time."""
    what = (known.services, known.scopes, known.owner, known.no_automation)
    if what != (made.services, made.scopes, made.owner, made.no_automation):
        return False
    begins = wanted.start is None or known.since == made.since
    as_long = known.until - known.since == made.until - made.since
    return begins and (as_long or known.until == made.until)

"""Attempts that fail again and again and never get there."""

from __future__ import annotations

import msgspec

from overheal.model import MICROSECOND, Event, Finding, Tier
from overheal.state.book import Ground
from overheal.state.moments import Member
from overheal.state.words import clock, span, times

KEPT = 100
"""How many failures are remembered as members before a finding opens."""


class Row(msgspec.Struct):
    """Failures in a row of one attempt for one reason: `count` of them, in `told` events."""

    opening: str
    first_at: int
    who: str
    attempt: str
    condition: str
    count: int = 0
    told: int = 0
    last_at: int = 0
    failed: list[Member] = []
    finding: str = ""
    quiet: int = 0


def row_of(event: Event) -> Row:
    """Return a row that begins with a failure, which is still to be counted."""
    who = event.service or (str(event.target) if event.target else "")
    what = event.name or event.type
    return Row(event.id, event.first_at, who, what, event.condition[:300])


def attempt_of(event: Event) -> str:
    """Return what makes two attempts the same one.

    The target's name counts where it is all that tells what the attempt is for: those of pods and
    the like change with every attempt.
    """
    target = event.target
    kind = f"{target.kind}\0{target.namespace}" if target else "\0"
    name = target.name if target and not event.service else ""
    what = f"{event.agent}\0{event.type}\0{event.name}\0{kind}\0{name}"
    return f"{event.environment}\0{event.service}\0{what}"


def describe(row: Row, finding: Finding) -> None:
    """Say what fails, how often, for how long and why."""
    lasted = (row.last_at - row.first_at) / MICROSECOND
    finding.evidence |= {
        "failures_in_a_row": row.count,
        "lasting_seconds": lasted,
        "attempt": row.attempt,
        "condition": row.condition,
    }
    finding.summary = (
        f"{finding.agents[0]} has tried {row.attempt} for {row.who} {times(row.count)} over "
        f"{span(lasted)} since {clock(row.first_at)}, and failed every time: "
        f"{row.condition[:200]}."
    )
    finding.next_step = (
        f"Remove what stands in the way of {row.who}, or change what it wants: "
        "trying again will not help."
    )


def grounds(row: Row, lasting: float) -> list[Ground]:
    """Return the grounds for a tier of a row that lasts so many seconds."""
    reason = f"{row.count} failures in a row over {span(lasting)}, and no success"
    return [Ground(Tier.ACTIONABLE, reason)]

"""What a finding about a mass action says."""

from __future__ import annotations

from overheal.detect.mass_action.agent import Spread
from overheal.detect.mass_action.settings import MassSettings
from overheal.model import MICROSECOND, Finding
from overheal.state.words import clock, listed, percent, span

SHOWN = 50
NEVER = "it never did so before"


def put_words(finding: Finding, spread: Spread, settings: MassSettings) -> None:
    """Put sentence, next step and numbers on a finding."""
    agent = finding.subject.partition("\0")[2]
    place, touched, there = spread.share
    names = sorted(spread.services)
    finding.title = agent
    finding.agents = [agent]
    finding.evidence |= {
        "targets": len(spread.things),
        "target_names": spread.names[:SHOWN],
        "services": [service for _, service in names[:SHOWN]],
        "service_count": len(spread.services),
        "scopes": [scope.partition("\0")[2] for scope in sorted(spread.scopes)[:SHOWN]],
        "scope_count": len(spread.scopes),
        "types": dict(sorted(spread.types.items())),
        "most_in_window": spread.peak,
        "window_minutes": settings.window_minutes,
        "habit": spread.habit,
        "followed_by": [name.partition("\0")[2] for name in spread.led.followers],
    }
    share = ""
    if there:
        where = place.rpartition("\0")[2]
        finding.evidence |= {"share": touched / there, "share_of": where, "seen_there": there}
        share = f", {percent(touched / there)} of the targets of {where}"
    most = sorted(spread.types, key=lambda one: (-spread.types[one], one))
    lasted = span((finding.last_at - finding.first_at) / MICROSECOND)
    usual = f"at most {spread.habit} in as short a time is usual for it"
    finding.summary = (
        f"{agent} acted on {len(spread.things):,} different targets of "
        f"{len(spread.scopes):,} scopes in {lasted} since {clock(finding.first_at)} "
        f"({listed(most[:3])}){share}; {usual if spread.habit else NEVER}."
    )
    finding.next_step = (
        f"Stop {agent} if nobody meant this, and look at {listed(spread.names[:3])} first; "
        "what opened on the services it touched hangs under this finding."
    )

"""Findings about agents that fight through coupled fields: opening, following, telling them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from overheal.detect.agent_conflict.coupled import Push, Struggle, group_of, reversals_of
from overheal.detect.agent_conflict.settings import grounds
from overheal.model import Event, Finding
from overheal.state.contest import Bout
from overheal.state.moments import Member
from overheal.state.words import clock, listed, shown, times

if TYPE_CHECKING:
    from overheal.detect.agent_conflict.scope import AgentConflict, ConflictState
    from overheal.detect.base import Context

PUSHES_KEPT = 300


def pull(detector: AgentConflict, state: ConflictState, event: Event, context: Context) -> None:
    """Take one written value; open or follow a finding where it opposes another agent's push."""
    if not group_of(event.field):
        return
    settings = detector.settings(event.environment, event.service)
    opposed = state.tugs.take(event, settings.reaction)
    if opposed is None:
        return
    key, tug = opposed
    made = tug.run[-1]
    start = made.at - settings.window
    undone = reversals_of(tug.run, start)
    pair = tuple(sorted({made.agent, tug.run[-2].agent}))
    subject = "\0".join(("coupled", key, *pair))
    struggle = state.struggles.get(subject)
    if struggle is not None:
        finding = context.book.findings[struggle.bout.finding]
        undone, pushes = undone[-1:], [made]
    elif len(undone) >= settings.reversals:
        finding = context.book.open(
            detector.name,
            subject,
            undone[0].id,
            environment=event.environment,
            service=event.service,
            scope=context.scope,
            first_at=undone[0].at,
            at=made.at,
        )
        struggle = state.struggles[subject] = Struggle(key, Bout(pair), [], {})
        struggle.bout.finding, pushes = finding.id, tug.run[-len(undone) - 1 :]
        finding.agents = list(pair)
    else:
        return
    bout = struggle.bout
    for item in undone:
        bout.add(item, start)
    struggle.pushes = [*struggle.pushes, *pushes][-PUSHES_KEPT:]
    struggle.mandates |= {push.agent: push.mandate for push in pushes}
    finding.count = bout.total
    context.book.join(finding, [_member(push) for push in pushes], made.at)
    state.alarms.set(subject, bout.calm_at(settings.reversals, settings.window))
    context.judge(finding, lambda: grounds(len(bout.overrides), settings), made.at)


def calm(
    detector: AgentConflict, state: ConflictState, subject: str, now: int, context: Context
) -> None:
    """Resolve what has stopped by `now` (microseconds UTC), else look again later."""
    bout = state.struggles[subject].bout
    finding = context.book.findings[bout.finding]
    settings = detector.settings(finding.environment, finding.service)
    calm_at = bout.calm_at(settings.reversals, settings.window)
    if calm_at > now:
        state.alarms.set(subject, calm_at)
        return
    detector.close(state, bout.finding, calm_at, context)
    del state.struggles[subject]


def tell(struggle: Struggle, finding: Finding) -> None:
    """Name both agents, what each pushes where, and for what."""
    pushes, pair = struggle.pushes, list(struggle.bout.pair)
    thing, group = struggle.key.split("\0")[1:]
    fields = list(dict.fromkeys(push.field for push in pushes))[:5]
    finding.agents = pair
    finding.title = thing
    finding.evidence |= {
        "field": listed(fields),
        "group": group,
        "target": thing,
        "reversals": struggle.bout.total,
        "mandates": dict(sorted(struggle.mandates.items())),
        "pushes": [
            {
                "at": push.at,
                "agent": push.agent,
                "field": push.field,
                "target": push.target,
                "value": push.value,
                "direction": "up" if push.direction > 0 else "down",
            }
            for push in pushes
        ],
    }
    newest = {push.agent: push for push in pushes}
    parts = [
        f"{agent} ({struggle.mandates[agent]}) pushes {push.field} of {push.target} "
        f"{'up' if push.direction > 0 else 'down'}"
        for agent, push in sorted(newest.items())
    ]
    finding.summary = (
        f"{listed(pair)} fight over the {group} of {thing} through different fields: "
        f"{listed(parts)}, answering each other {times(struggle.bout.total)} since "
        f"{clock(finding.first_at)}."
    )
    finding.next_step = (
        f"Decide how much {group} {thing} is to have and who decides it; bound the other by that."
    )


def _member(push: Push) -> Member:
    what = f"{push.field} of {push.target} = {shown(push.value)}"
    return Member(push.at, push.id, push.agent, what, push.outcome)

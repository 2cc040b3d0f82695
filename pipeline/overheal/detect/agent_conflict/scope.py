"""The scope stage of `agent_conflict`: one field of one target."""

from __future__ import annotations

import msgspec

from overheal.detect.agent_conflict import struggles
from overheal.detect.agent_conflict.coupled import PLACES_KEPT, Struggle, Tugs
from overheal.detect.agent_conflict.fights import FIGHTS_KEPT, RING, Fight, fought
from overheal.detect.agent_conflict.settings import (
    PLANNED,
    STILL,
    ConflictSettings,
    field_key,
    grounds,
    second_write,
)
from overheal.detect.base import NEVER, Context, Detector, Documentation, State
from overheal.model import Event, Finding
from overheal.state.contest import Bout
from overheal.state.mandates import mandate_of
from overheal.state.memory import Recent
from overheal.state.moments import Member
from overheal.state.series import TIDYING, First
from overheal.state.words import clock, listed, shown, times
from overheal.state.writes import Write, Writes, wants_of


class ConflictState(State):
    """Fights by environment, target and field, and those of which one write is known.

    `about` tells which fight and which pair in it an open finding is about.
    """

    fights: dict[str, Fight] = msgspec.field(default_factory=dict)
    firsts: Recent[First] = msgspec.field(default_factory=lambda: Recent(STILL))
    about: dict[str, tuple[str, str]] = msgspec.field(default_factory=dict)
    tugs: Tugs = msgspec.field(default_factory=Tugs)
    struggles: dict[str, Struggle] = msgspec.field(default_factory=dict)


class AgentConflict(Detector[ConflictSettings, ConflictState]):
    """Counts how often two agents undo each other on one target's field."""

    name = "agent_conflict"
    settings_type = ConflictSettings
    state_type = ConflictState
    documentation = Documentation(
        question="Do two agents want different things of the same field?",
        opens="A finding opens when two agents, both of them, or three in a ring, have undone each "
        "other `reversals` times within `window_hours`, each writing what the others do not want; "
        "through coupled fields of one service, when each has answered the other within "
        "`reaction_minutes` without a break.",
        escalates="It becomes critical at `critical_reversals` in the window, or when users feel "
        "it.",
        resolves="It resolves once fewer than `reversals` are left in the window.",
        identity="Two findings are the same when they are about the same agents, target and field "
        "(or service and group of fields) and opened with the same first reversal of the window.",
        blind_to="It does not see coupled fields of agents without a mandate, all but the newest "
        f"{PLACES_KEPT} of these of a service, more than {FIGHTS_KEPT} fights over one field at "
        "once, writers that report no value, steps of rollouts that replace each other, and "
        "clean-up, whose job is to undo.",
    )

    def on_change(self, state: ConflictState, event: Event, context: Context) -> None:
        """Take one written value."""
        target = event.target
        if target is None or event.type in TIDYING or not event.agent:
            return
        struggles.pull(self, state, event, context)
        key = field_key(event.environment, target, event.field)
        write = Write(event.time, event.id, event.agent, event.new, event.outcome)
        found = state.fights.get(key)
        if found is None:
            contest = second_write(state.firsts, key, write, event.old)
            if contest is None:
                return
            found = state.fights[key] = Fight(
                key, contest, Writes(), event.field, str(target), event.environment, event.service
            )
            found.writes.append(contest.last)
            state.alarms.set(key, event.time + STILL)
        settings = self.settings(event.environment, found.service)
        if found.contest.last.value == event.new:
            found.agree(write)
            return
        start = event.time - settings.window
        found.writes.forget_before(start)
        override = found.contest.write(write, planned=event.trigger == PLANNED)
        found.writes.append(write)
        if event.mandate:
            found.mandates[event.agent] = event.mandate
        if override is not None:
            found.undo(override, start)
        for other in found.open.values():
            self._follow(found, other, write, context)
        if override is not None:
            for fight in found.fresh(override, start, settings.reversals):
                self._open(state, found, fight, event=event, context=context)
                state.alarms.set(key, fight.calm_at(settings.reversals, settings.window))

    def on_alarm(self, state: ConflictState, key: str, now: int, context: Context) -> None:
        """Resolve the fights that have stopped, forget a field that kept still for a day."""
        if key in state.struggles:
            struggles.calm(self, state, key, now, context)
            return
        found = state.fights[key]
        settings = self.settings(found.environment, found.service)
        gone = []
        for name, bout in found.bouts.items():
            if bout.finding and bout.calm_at(settings.reversals, settings.window) <= now:
                calm_at = bout.calm_at(settings.reversals, settings.window)
                self.close(state, bout.finding, calm_at, context)
                del state.about[bout.finding]
                found.closed(name)
            if not bout.finding:
                bout.forget_before(now - settings.window)
            if not bout.overrides:
                gone.append(name)
        found.forget(gone)
        if not found.bouts and found.contest.seen_at + STILL <= now:
            del state.fights[key]
        else:
            state.alarms.set(key, self._due(found, settings, now))

    def describe(self, state: ConflictState, finding: Finding) -> None:
        """Name both agents, the field, what each wants and for what."""
        if finding.subject in state.struggles:
            struggles.tell(state.struggles[finding.subject], finding)
            return
        key, name = state.about[finding.id]
        found = state.fights[key]
        bout = found.bouts[name]
        agents = list(bout.pair)
        writes = found.writes.shown()
        wants = wants_of([write for write in writes if write[1] in agents])
        finding.agents = agents
        finding.evidence |= {
            "field": found.name,
            "target": found.target,
            "reversals": bout.total,
            "wants": wants,
            "mandates": {
                agent: mandate_of(agent, found.mandates.get(agent, "")) or "unknown"
                for agent in agents
            },
            "values": [{"at": at, "agent": agent, "value": value} for at, agent, value in writes],
        }
        parts = [
            f"{agent} wants {listed([shown(value) for value in wants[agent][:3]])}"
            for agent in agents
            if wants.get(agent)
        ]
        how = "undid each other"
        others = f"the other{'s' if len(agents) == RING else ''}"
        if len(agents) == RING:
            how = f"undid each other in turn, {agents[1]} what {agents[0]} wrote and so on,"
        finding.summary = (
            f"{listed(agents)} fight over {found.name} of {found.target}: they {how} "
            f"{times(bout.total)} since {clock(finding.first_at)}; {', '.join(parts)}."
        )
        finding.next_step = (
            f"Decide who owns {found.name} of {found.target}, and make {others} leave it alone."
        )

    def _follow(self, found: Fight, bout: Bout, write: Write, context: Context) -> None:
        """Bring an open finding up to date with one more write of its field."""
        if write.agent not in bout.pair:
            context.book.touch(bout.finding)
            return
        finding = context.book.findings[bout.finding]
        finding.count = bout.total
        context.book.join(finding, [_member(found, write)], write.at)
        settings = self.settings(found.environment, found.service)
        context.judge(finding, lambda: grounds(len(bout.overrides), settings), write.at)

    def _open(
        self, state: ConflictState, found: Fight, bout: Bout, *, event: Event, context: Context
    ) -> None:
        opening = bout.overrides[0]
        finding = context.book.open(
            self.name,
            "\0".join((found.key, *bout.pair)),
            opening.id,
            environment=event.environment,
            service=event.service,
            scope=context.scope,
            first_at=opening.at,
            at=event.time,
        )
        state.about[finding.id] = (found.key, found.opened(bout, finding.id))
        finding.agents, finding.count = list(bout.pair), bout.total
        members = [_member(found, write) for write in fought(found.writes.all(), bout)]
        context.book.join(finding, members, event.time)
        settings = self.settings(found.environment, found.service)
        context.judge(finding, lambda: grounds(len(bout.overrides), settings), event.time)

    @staticmethod
    def _due(found: Fight, settings: ConflictSettings, now: int) -> int:
        """Return when the next of a field's fights has to be looked at, after `now`."""
        due = found.contest.seen_at + STILL
        if due <= now:
            due = NEVER
        for bout in found.bouts.values():
            if bout.finding:
                due = min(due, bout.calm_at(settings.reversals, settings.window))
            else:
                due = min(due, bout.overrides[-1].at + settings.window)
        return due


def _member(found: Fight, write: Write) -> Member:
    what = f"{found.name} = {shown(write.value)}"
    return Member(write.at, write.id, write.agent, what, write.outcome)

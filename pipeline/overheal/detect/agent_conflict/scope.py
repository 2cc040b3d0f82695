"""The scope stage of `agent_conflict`: one field of one target."""

from __future__ import annotations

import msgspec

from overheal.detect.agent_conflict.settings import ConflictSettings, grounds
from overheal.detect.base import NEVER, Context, Detector, Documentation, State
from overheal.model import HOUR, Event, Finding
from overheal.state.book import note_moment, wants_of
from overheal.state.contest import Contest, Override, fight
from overheal.state.words import clock, listed, shown, times

TIDYING = frozenset({"cleanup", "backup"})
"""Action types whose undoing of others is their job."""


class Fight(msgspec.Struct):
    """What two agents do to each other on one field."""

    contest: Contest
    findings: dict[str, str] = {}
    totals: dict[str, int] = {}
    due: int = NEVER


class ConflictState(State):
    """Fights by environment, target and field; mandates by agent."""

    fights: dict[str, Fight] = {}
    mandates: dict[str, str] = {}


class AgentConflict(Detector[ConflictSettings, ConflictState]):
    """Counts how often two agents undo each other on one target's field."""

    name = "agent_conflict"
    settings_type = ConflictSettings
    state_type = ConflictState
    documentation = Documentation(
        question="Do two agents want different things of the same field?",
        opens="when two agents, both of them, have undone each other `reversals` times within "
        "`window_hours`, each writing a value the other does not want",
        escalates="critical at `critical_reversals` in the window, or when users feel it",
        resolves="once fewer than `reversals` are left in the window",
        identity="the pair, target and field, and the first reversal of the window",
        blind_to="agents that act through different fields; writers that report no value",
    )

    def on_change(self, state: ConflictState, event: Event, context: Context) -> None:
        """Take one written value."""
        target = event.target
        if target is None or event.type in TIDYING or not event.agent:
            return
        if event.mandate:
            state.mandates[event.agent] = event.mandate
        subject = (
            f"{event.environment}\0{target.kind}\0{target.cluster}\0{target.region}\0"
            f"{target.namespace}\0{target.name}\0{event.field}"
        )
        found = state.fights.get(subject)
        if found is None:
            found = state.fights[subject] = Fight(Contest())
        settings = self.settings(event.environment, event.service)
        found.contest.forget_before(event.time - int(settings.window_hours * HOUR))
        override = found.contest.write(event.time, event.id, event.agent, event.old, event.new)
        for name, finding_id in found.findings.items():
            if event.agent in name.split("\0") and override is None:
                context.book.join(context.book.findings[finding_id], [event.id], event.time)
                self._describe(state, found, context.book.findings[finding_id], name, event)
        if override is not None:
            self._overridden(state, found, subject, override, event, context)

    def on_time(self, state: ConflictState, now: int, context: Context) -> None:
        """Resolve the fights that have stopped."""
        state.due = NEVER
        for found in state.fights.values():
            if found.due <= now:
                for finding_id in found.findings.values():
                    context.book.resolve(finding_id, found.due)
                found.findings, found.totals, found.due = {}, {}, NEVER
            state.due = min(state.due, found.due)

    def _overridden(  # noqa: PLR0913 - the parts of one override
        self,
        state: ConflictState,
        found: Fight,
        subject: str,
        override: Override,
        event: Event,
        context: Context,
    ) -> None:
        settings = self.settings(event.environment, event.service)
        between = fight(found.contest.overrides, override.pair)
        name = "\0".join(override.pair)
        if name in found.findings:
            finding = context.book.findings[found.findings[name]]
            members = [event.id]
            found.totals[name] += 1
        elif len(between) >= settings.reversals:
            finding = context.book.open(
                self.name,
                f"{subject}\0{name}",
                between[0].id,
                event=event,
                first_at=between[0].at,
                scope=context.scope,
            )
            found.findings[name] = finding.id
            found.totals[name] = len(between)
            members = [
                write.id
                for write in found.contest.writes
                if write.agent in override.pair and write.at >= between[0].at
            ]
        else:
            return
        context.book.join(finding, members, event.time)
        if len(between) >= settings.reversals:
            window = int(settings.window_hours * HOUR)
            found.due = between[-settings.reversals].at + window
            state.due = min(state.due, found.due)
        self._describe(state, found, finding, name, event)
        context.judge(finding, grounds(len(between), settings), event.time)

    @staticmethod
    def _describe(
        state: ConflictState, found: Fight, finding: Finding, name: str, event: Event
    ) -> None:
        first, second = name.split("\0")
        wants = wants_of([w for w in found.contest.writes if w.agent in (first, second)])
        total = found.totals[name]
        finding.count = total
        finding.agents = [first, second]
        note_moment(finding, event, f"{event.field} = {shown(event.new)}")
        mandates = {agent: state.mandates.get(agent, "unknown") for agent in (first, second)}
        finding.evidence.update(
            field=event.field,
            target=str(event.target),
            reversals=total,
            wants=wants,
            mandates=mandates,
            values=[
                {"at": write.at, "agent": write.agent, "value": write.value}
                for write in found.contest.writes
            ],
        )
        parts = [
            f"{agent} wants {listed([shown(value) for value in wants.get(agent, [])[:3]])}"
            for agent in (first, second)
            if wants.get(agent)
        ]
        finding.summary = (
            f"{first} and {second} fight over {event.field} of {event.target}: they undid each "
            f"other {times(total)} since {clock(finding.first_at)}; {', '.join(parts)}."
        )
        finding.next_step = (
            f"Decide who owns {event.field} of {event.target}, and make the other leave it alone."
        )

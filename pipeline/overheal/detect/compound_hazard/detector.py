"""`compound_hazard`: several agents, each right by itself, at once on what hangs together."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import msgspec

from overheal.detect.base import NOBODY, Context, Detector, Documentation, State
from overheal.detect.compound_hazard.chains import Chains
from overheal.detect.compound_hazard.crowds import ACTS_KEPT, Act, Crowds, act_of
from overheal.detect.compound_hazard.gathering import Gathering
from overheal.detect.compound_hazard.joined import Joined
from overheal.detect.compound_hazard.meetings import Shared, meeting, service_of
from overheal.detect.compound_hazard.settings import HazardSettings
from overheal.detect.compound_hazard.things import Lookup
from overheal.detect.compound_hazard.words import Hazard, tell
from overheal.model import MICROSECOND, Event, Finding, Tier
from overheal.state.book import Ground
from overheal.state.mandates import mandate_of
from overheal.state.moments import Member
from overheal.state.words import span

PLANNED = "rollout"
"""The trigger of a step of a release, which somebody wanted and merged."""


LENGTHS = 4
"""Windows of different length for which it is known who is where, in one scope."""


class HazardState(State, dict=True):
    """What agents with a mandate did lately, who began it, and the open findings by subject.

    Who is where follows from these, and is not saved.
    """

    chains: Chains = msgspec.field(default_factory=Chains)
    crowds: Crowds = msgspec.field(default_factory=Crowds)
    hazards: dict[str, Hazard] = msgspec.field(default_factory=dict)

    @cached_property
    def joined(self) -> Joined:
        """Which of the open findings have which actions."""
        return Joined(self.hazards)

    @cached_property
    def gatherings(self) -> list[Gathering]:
        """What is known of who is where; nothing while the scope is not busy."""
        found: list[Gathering] = []
        self.crowds.follow(found)
        return found

    def gathering(self, window: int, lookup: Lookup) -> Gathering:
        """Return who is where within so many microseconds."""
        known = self.gatherings
        for one in known:
            if one.window == window and one.lookup is lookup:
                return one
        while known and (len(known) >= LENGTHS or known[0].lookup is not lookup):
            del known[0]
        known.append(Gathering(self.crowds.acts, window, lookup, self.joined))
        return known[-1]

    def belongs(self, home: str, shared: Shared) -> Hazard | None:
        """Return the open finding about the same thing, or else one that shares an act."""
        known = self.hazards.get(f"{home}\0{shared.thing}")
        if known is not None:
            return known
        both = [min(place.taken) for place in shared.places if place.taken]
        return self.hazards[self.joined.subjects[min(both)]] if both else None

    def take(self, hazard: Hazard, shared: Shared) -> list[Act]:
        """Let an open finding take the acts that meet and that it does not have; return these."""
        number = self.joined.number(hazard.subject)
        fresh = hazard.take(shared.fresh(number))
        actions = {act.action for act in fresh}
        self.joined.join(hazard.subject, actions)
        for gathering in self.gatherings:
            gathering.take(number, actions)
        return fresh

    def prune(self, hazard: Hazard, since: int) -> None:
        """Let an open finding forget actions from before `since` that can never meet again."""
        gone = [
            name
            for name, at in hazard.recent.items()
            if at < since and not self.crowds.remembers(name)
        ]
        self.joined.part(hazard.subject, gone)
        for name in gone:
            del hazard.recent[name]

    def close(self, hazard: Hazard) -> None:
        """Forget a finding that is over."""
        number = self.joined.close(hazard.subject, hazard.recent)
        for gathering in self.gatherings:
            gathering.forget(number)
        del self.hazards[hazard.subject]


class CompoundHazard(Detector[HazardSettings, HazardState]):
    """Counts mandates, rather than actions, that meet on one dependency."""

    name = "compound_hazard"
    settings_type = HazardSettings
    state_type = HazardState
    phases = frozenset({"", "started", "finished", "verified"})
    documentation = Documentation(
        question="Do agents that are each right act together on something they all depend on?",
        opens="A finding opens on the action with which `agents` agents with different mandates "
        "have acted within `window_seconds` in one scope on one target, or on services that share "
        "a dependency, none of them reported as failed.",
        escalates="It is critical at once; where the catalog does not know the services, and they "
        "are not about one target, it is actionable, until more is known.",
        resolves="It resolves `quiet_minutes` after the last action with which as many mandates "
        "met.",
        identity="Two findings are the same when they are about the same scope and shared thing "
        "and opened with the same first action; what overlaps with an open one joins it.",
        blind_to="It does not see agents whose mandate nobody stated, effects across scopes, "
        "causes named from more than some minutes ago, releases, dependencies that the catalog "
        f"lacks, and all but the newest {ACTS_KEPT} acts of one agent.",
    )

    def __init__(self, settings: Callable[[str, str], HazardSettings]) -> None:
        super().__init__(settings)
        self._lookup = Lookup(NOBODY)

    def on_event(self, state: HazardState, event: Event, context: Context) -> None:
        """Take a start or an end of an action; all else only hands causes on."""
        phase = event.phase
        if phase not in ("started", "finished"):
            if not phase and event.caused_by:
                state.chains.pass_on(event)
            elif phase == "verified" and event.outcome == "failed":
                state.crowds.drop(event.action_id)
            return
        if event.witness_of:
            state.chains.witness(event)
            return
        if state.chains.knows(event):
            _later(state, event)
            return
        origin = state.chains.add(event, _mandate(event))
        if origin.mandate and event.outcome != "failed":
            settings = self.settings(event.environment, event.service)
            if not state.crowds.stands(event, event.time - settings.window):
                act = act_of(event, origin.agent, origin.mandate)
                self._acted(state, act, event, settings, context)

    def on_alarm(self, state: HazardState, key: str, now: int, context: Context) -> None:
        """Resolve what has been quiet for long enough."""
        hazard = state.hazards[key]
        if hazard.quiet_at > now:
            state.alarms.set(key, hazard.quiet_at)
            return
        self.close(state, hazard.finding, hazard.quiet_at, context)
        state.close(hazard)

    def describe(self, state: HazardState, finding: Finding) -> None:
        """Name the agents, their mandates, what they did, and what they share."""
        tell(state.hazards[finding.subject], finding)

    def _acted(
        self,
        state: HazardState,
        act: Act,
        event: Event,
        settings: HazardSettings,
        context: Context,
    ) -> None:
        since = act.at - settings.window
        state.crowds.add(act, since)
        if not state.crowds.busy(since, settings.agents):
            state.gatherings.clear()
            return
        if self._lookup.owners is not context.owners:
            self._lookup = Lookup(context.owners)
        gathering = state.gathering(settings.window, self._lookup)
        gathering.expire(since)
        home = f"{event.environment}\0{context.scope}"
        shared = meeting(
            gathering, act, settings.agents, lambda thing: f"{home}\0{thing}" in state.hazards
        )
        if shared is not None:
            hazard = state.belongs(home, shared) or self._open(state, home, shared, event, context)
            last_at = context.book.findings[hazard.finding].last_at
            hazard.quiet_at = act.at + settings.quiet
            if last_at < act.at - act.at % max(1, settings.window):
                state.prune(hazard, since)
            self._join(state, hazard, shared, act, context)
            state.alarms.set(hazard.subject, hazard.quiet_at)

    def _open(
        self, state: HazardState, home: str, shared: Shared, event: Event, context: Context
    ) -> Hazard:
        first = shared.acts[0]
        hazard = Hazard("", home, shared.thing)
        finding = context.book.open(
            self.name,
            hazard.subject,
            first.id,
            environment=event.environment,
            service=service_of(shared, event.service),
            scope=context.scope,
            first_at=first.at,
            at=event.time,
        )
        hazard.finding = finding.id
        state.hazards[hazard.subject] = hazard
        return hazard

    @staticmethod
    def _join(
        state: HazardState, hazard: Hazard, shared: Shared, newest: Act, context: Context
    ) -> None:
        members = [
            Member(act.at, act.id, act.by, act.what, act.outcome)
            for act in state.take(hazard, shared)
        ]
        finding = context.book.findings[hazard.finding]
        finding.count = len(hazard.parts)
        context.book.join(finding, members, newest.at)
        context.judge(finding, lambda: _grounds(shared, newest), newest.at)


def _mandate(event: Event) -> str:
    """Return what an agent acts for; of people only what they state, of a release nothing."""
    if event.trigger == PLANNED:
        return ""
    if event.agent_kind == "human":
        return event.mandate
    return mandate_of(event.agent, event.mandate)


def _later(state: HazardState, event: Event) -> None:
    """Take the end of an action: it may have failed, or turn out to follow from another."""
    if event.outcome == "failed" or state.chains.turns(event):
        state.crowds.drop(event.action_id)
    state.chains.follow(event)


def _grounds(shared: Shared, newest: Act) -> list[Ground]:
    length = span((newest.at - shared.first_at) / MICROSECOND)
    said = f"{shared.mandates} agents with different mandates acted within {length}"
    if shared.sure:
        return [Ground(Tier.CRITICAL, f"{said}, on what hangs together")]
    return [Ground(Tier.ACTIONABLE, f"{said}, on services that the catalog does not know")]

"""`compound_hazard`: several agents, each right by itself, at once on what hangs together."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from overheal.detect.base import Context, Detector, Documentation, State
from overheal.detect.compound_hazard.chains import Chains
from overheal.detect.compound_hazard.crowds import ACTS_KEPT, Act, Crowds, act_of, acts_of, mandates
from overheal.detect.compound_hazard.meetings import Lookup, Shared, meeting, service_of
from overheal.detect.compound_hazard.settings import HazardSettings
from overheal.detect.compound_hazard.words import Hazard, tell
from overheal.model import MICROSECOND, Event, Finding, Tier
from overheal.state.book import Ground, Member
from overheal.state.mandates import mandate_of
from overheal.state.words import span

PLANNED = "rollout"
"""The trigger of a step of a release, which somebody wanted and merged."""


class HazardState(State):
    """What agents with a mandate did lately, who began it, and the open findings by subject."""

    chains: Chains = msgspec.field(default_factory=Chains)
    crowds: Crowds = msgspec.field(default_factory=Crowds)
    hazards: dict[str, Hazard] = msgspec.field(default_factory=dict)

    def belongs(self, home: str, shared: Shared) -> Hazard | None:
        """Return the open finding about the same thing, or else one that shares an act."""
        known = self.hazards.get(f"{home}\0{shared.thing}")
        if known is not None:
            return known
        actions = {act.action for acts in shared.crowd.values() for act in acts}
        both = (one for one in self.hazards.values() if not actions.isdisjoint(one.recent))
        return next(both, None)


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
        self._lookup = Lookup()

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
        del state.hazards[key]

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
            return
        crowd, home = state.crowds.since(since), f"{event.environment}\0{context.scope}"
        spoken_of = {hazard.thing for hazard in state.hazards.values() if hazard.home == home}
        survey = self._lookup.survey(context.owners)
        shared = meeting(survey, crowd, act, settings.agents, spoken_of)
        if shared is not None:
            hazard = state.belongs(home, shared) or self._open(state, home, shared, event, context)
            hazard.quiet_at = act.at + settings.quiet
            self._join(hazard, shared, since, act.at, context)
            state.alarms.set(hazard.subject, hazard.quiet_at)

    def _open(
        self, state: HazardState, home: str, shared: Shared, event: Event, context: Context
    ) -> Hazard:
        first = acts_of(shared.crowd)[0]
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
    def _join(hazard: Hazard, shared: Shared, since: int, at: int, context: Context) -> None:
        acts = acts_of(shared.crowd)
        members = [
            Member(act.at, act.id, act.by, act.what, act.outcome)
            for act in hazard.take(acts, since)
        ]
        finding = context.book.findings[hazard.finding]
        finding.count = len(hazard.parts)
        context.book.join(finding, members, at)
        context.judge(finding, lambda: _grounds(shared, acts), at)


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


def _grounds(shared: Shared, acts: list[Act]) -> list[Ground]:
    length = span((acts[-1].at - acts[0].at) / MICROSECOND)
    said = f"{mandates(shared.crowd)} agents with different mandates acted within {length}"
    if shared.sure:
        return [Ground(Tier.CRITICAL, f"{said}, on what hangs together")]
    return [Ground(Tier.ACTIONABLE, f"{said}, on services that the catalog does not know")]

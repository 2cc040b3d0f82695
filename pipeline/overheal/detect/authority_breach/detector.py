"""Judges every action that is under way by what its owners allow."""

from __future__ import annotations

import msgspec

from overheal.detect.authority_breach.action import (
    ACTING,
    NO_LIMITS,
    RULES,
    Action,
    Actor,
    Limits,
    actor_of,
    limits_of,
    says_nothing,
)
from overheal.detect.authority_breach.settings import AuthoritySettings
from overheal.detect.base import Context, Detector, Documentation, State
from overheal.model import DAY, HOUR, Event, Finding, Tier
from overheal.state.book import Ground
from overheal.state.memory import Recent, RecentKeys
from overheal.state.moments import Member, member_of
from overheal.state.words import clock, listed, times

KEPT = 7 * DAY
"""How long an action may wait between its phases, at least; who approves may take a weekend."""

REPORTED_KEPT = HOUR
"""How long an action is remembered that ended, or of which only a plain start is known: a second
report is not judged, and what is decided after the start is no leave to begin."""

PHASES = ("proposed", "approved", "rejected", *ACTING)
_ACTION, _AGENT = "action\0", "agent\0"


class Breaches(msgspec.Struct):
    """Breaches of one agent at one service: how many actions broke which rule, the newest one."""

    agent: str
    finding: str
    quiet: int
    last_at: int = 0
    rules: dict[str, int] = {}
    newest: str = ""


class AuthorityState(State):
    """What is known by the id of an action, and open breaches by their finding's subject.

    `actions` are under way or proposed, `plain` began without anything to judge, `judged` ended.
    """

    actions: Recent[Action] = msgspec.field(default_factory=lambda: Recent[Action](KEPT))
    plain: Recent[Actor] = msgspec.field(default_factory=lambda: Recent[Actor](REPORTED_KEPT))
    judged: RecentKeys = msgspec.field(default_factory=lambda: RecentKeys(REPORTED_KEPT))
    breaches: dict[str, Breaches] = msgspec.field(default_factory=dict)


class AuthorityBreach(Detector[AuthoritySettings, AuthorityState]):
    """Holds what was done against level, approval, checks, confidence and boundaries."""

    name = "authority_breach"
    settings_type = AuthoritySettings
    state_type = AuthorityState
    phases = frozenset(PHASES)
    documentation = Documentation(
        question="Does automation act beyond what it was allowed?",
        opens="The first action of an agent that was carried out although a rule of authority "
        "forbids it opens a finding.",
        escalates="It is critical at once: what was allowed is a rule, not a matter of degree.",
        resolves="It resolves when the agent has broken no rule at the service for `quiet_hours`.",
        identity="Two findings are the same when they are about the same agent and service and "
        "opened with the same first event of a breach.",
        blind_to="It does not see levels, approvals, checks and confidences that nobody reports, "
        "and phases that are reported in another scope.",
    )

    def on_event(self, state: AuthorityState, event: Event, context: Context) -> None:
        """Take a phase of an action; one that began or ended is judged."""
        phase = event.phase
        if phase not in PHASES or event.witness_of:
            return
        limits = limits_of(context.owners.entry(event.service), event.environment)
        action = state.actions.get(event.action_id)
        acting = phase in ACTING
        if action is None:
            if acting and limits == NO_LIMITS and says_nothing(event.detail):
                if phase == "started" and state.plain.get(event.action_id) is None:
                    state.plain.put(event.action_id, self._actor(event, limits), event.time)
                return
            if state.judged.get(event.action_id) is not None:
                return
            action = Action(actor=state.plain.get(event.action_id))
        action.hear(event)
        if phase == "finished":
            state.actions.drop(event.action_id)
            state.judged.put(event.action_id, 1, event.time)
        else:
            state.actions.put(event.action_id, action, event.time)
        if acting:
            self._judge(state, action, event, limits, context)

    def on_alarm(self, state: AuthorityState, key: str, now: int, context: Context) -> None:
        """Judge an action that went on without what it needs, or resolve a finding."""
        if key.startswith(_ACTION):
            action = state.actions.get(key.removeprefix(_ACTION))
            if action is not None and action.actor is not None:
                actor = action.actor
                settings = self.settings(actor.environment, actor.service)
                found = action.breaks_in_the_end(actor, bind_platform=settings.bind_platform)
                self._note(state, action, found, actor.member, context, at=actor.due)
            return
        subject = key.removeprefix(_AGENT)
        held = state.breaches[subject]
        if held.last_at + held.quiet <= now:
            self.close(state, held.finding, held.last_at + held.quiet, context)
            del state.breaches[subject]
        else:
            state.alarms.set(key, held.last_at + held.quiet)

    def describe(self, state: AuthorityState, finding: Finding) -> None:
        """Say who broke which rules how often, and what the newest breach was."""
        held = state.breaches[finding.subject]
        broken = listed([f"{RULES[rule]} ({times(many)})" for rule, many in held.rules.items()])
        where = f" at {finding.service}" if finding.service else ""
        finding.summary = (
            f"{held.agent} {broken}{where} since {clock(finding.first_at)}; the newest is "
            f"{held.newest}."
        )
        finding.next_step = (
            f"Stop {held.agent} or allow what it does in the catalog, and find out how it could "
            "act past its limits."
        )

    def _actor(self, event: Event, limits: Limits) -> Actor:
        settings = self.settings(event.environment, event.service)
        return actor_of(event, limits, settings.settle_seconds)

    def _judge(
        self, state: AuthorityState, action: Action, event: Event, limits: Limits, context: Context
    ) -> None:
        settings = self.settings(event.environment, event.service)
        actor = action.actor = action.actor or self._actor(event, limits)
        if event.phase == "started" and event.time < actor.due:
            state.alarms.set(_ACTION + event.action_id, actor.due)
        found = action.breaks_at_once(event, limits, bind_platform=settings.bind_platform)
        if event.phase == "finished":
            found += action.breaks_in_the_end(actor, bind_platform=settings.bind_platform)
        member = member_of(event, event.time, event.type)
        self._note(state, action, found, member, context, at=event.time)

    def _note(
        self,
        state: AuthorityState,
        action: Action,
        found: list[str],
        member: Member,
        context: Context,
        *,
        at: int,
    ) -> None:
        """Add an action's breaches to those of its agent, each rule once."""
        actor = action.actor
        new = [rule for rule in found if rule not in action.broke]
        if actor is None or not new:
            return
        held = state.breaches.get(actor.subject)
        if held is None:
            held = self._open(state, actor, member, at, context)
        finding = context.book.findings[held.finding]
        if action.finding != finding.id:
            action.finding, action.member = finding.id, ""
            finding.count += 1
        for rule in new:
            held.rules[rule] = held.rules.get(rule, 0) + 1
        action.broke += new
        held.newest = f"{member.what} at {clock(member.at)}, which {RULES[new[-1]]}"
        held.last_at = max(held.last_at, at)
        finding.evidence |= {"rules": dict(held.rules), "newest": held.newest}
        if action.member != member.id:
            action.member = member.id
            context.book.join(finding, [member], at)
        else:
            context.book.touch(finding.id)
        reason = f"{actor.agent} {RULES[new[0]]}"
        context.judge(finding, lambda: [Ground(Tier.CRITICAL, reason)], at)

    def _open(
        self, state: AuthorityState, actor: Actor, member: Member, at: int, context: Context
    ) -> Breaches:
        finding = context.book.open(
            self.name,
            actor.subject,
            member.id,
            environment=actor.environment,
            service=actor.service,
            scope=context.scope,
            first_at=member.at,
            at=at,
        )
        finding.title = actor.service or actor.agent
        quiet = int(self.settings(actor.environment, actor.service).quiet_hours * HOUR)
        held = state.breaches[actor.subject] = Breaches(actor.agent, finding.id, quiet)
        state.alarms.set(_AGENT + actor.subject, at + quiet)
        return held

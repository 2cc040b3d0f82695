"""Many targets at once: the blast radius of one agent."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from overheal.detect.base import Context, Documentation, FleetDetector, Footprint, State
from overheal.detect.mass_action.agent import HABIT_DAYS, Agent, Touch
from overheal.detect.mass_action.counted import Known, is_action, is_counted, is_reflex, mark
from overheal.detect.mass_action.led import Leaders, deed_of
from overheal.detect.mass_action.settings import MassSettings
from overheal.detect.mass_action.words import put_words
from overheal.model import DAY, HOUR, Activity, Finding, Tier
from overheal.state.book import Ground
from overheal.state.distinct import Distinct
from overheal.state.moments import Member

SEEN_DAYS = 30
"""How long a target counts among those there are."""

SETTLED = HOUR
"""How long an environment must be known before anybody can say what its platform usually does."""

_SWEEP = "\0sweep"


class MassActionState(State):
    """Agents by environment and name; the targets seen, by scope and by environment.

    `begun` tells when each environment was first heard of (microseconds UTC).
    """

    agents: dict[str, Agent] = msgspec.field(default_factory=dict)
    seen: dict[str, Distinct] = msgspec.field(default_factory=dict)
    known: Known = msgspec.field(default_factory=Known)
    leaders: Leaders = msgspec.field(default_factory=Leaders)
    begun: dict[str, int] = msgspec.field(default_factory=dict)


class MassAction(FleetDetector[MassSettings, MassActionState]):
    """Counts the different things that each agent touches, by the settings common to all."""

    name = "mass_action"
    settings_type = MassSettings
    state_type = MassActionState
    documentation = Documentation(
        question="Does one agent act on unusually many targets at once?",
        opens="A finding opens when an agent has touched `targets` different targets within "
        "`window_minutes`, at least `times_habit` (`times_varying`) times its habit of the last 30 "
        "days, and with them `fleet_share` of the environment's targets or `critical_share` of "
        "those of a scope.",
        escalates="It becomes critical when it touches `critical_share` of a scope with at least "
        "`scope_targets` targets, or of an environment with `environment_targets`, or when users "
        "feel it.",
        resolves="It resolves once the agent has not had `targets` targets in the window for "
        "`quiet_minutes`.",
        identity="Two findings are the same when they are about the same agent in the same "
        "environment and opened with the same first action of the window.",
        blind_to="It does not see what one agent does under many names, what it spreads over "
        "hours, harm that demand, a schedule or a rollout asks for, and what a habit has become.",
    )

    def on_activity(self, state: MassActionState, activity: Activity, context: Context) -> None:
        """Take what one agent did to one target in one second."""
        if not is_action(activity):
            return
        target = mark(activity)
        is_known = self._see(state, activity, target)
        state.known.note_node(activity)
        name = f"{activity.environment}\0{activity.agent}"
        self._lead(state, activity, name, context)
        if not is_counted(activity) or state.known.has_begun(activity):
            return
        if state.known.is_own(activity, target, is_known=is_known):
            return
        settings = self.settings("", "")
        agent = state.agents.get(name)
        if agent is None:
            agent = state.agents[name] = Agent()
            state.alarms.set(name, activity.second + DAY)
        thing, touch = state.known.thing(activity), _touch(activity)
        count = agent.touch(thing, touch, settings.window)
        if agent.finding:
            self._join(state, agent, thing, touch, context)
        elif count >= settings.targets:
            habit, varies = agent.habit(activity.second, settings.window)
            early = False
            if is_reflex(activity):
                habit = max(habit, agent.pace.usual)
                early = activity.second - state.begun[activity.environment] < SETTLED
            too_many = count >= settings.limit(habit, varies=varies) and not early
            if too_many and self._is_wide(state, agent, activity):
                self._open(state, name, habit, context)
        if agent.finding and count >= settings.targets:
            agent.busy_at = activity.second
            agent.spread.peak = max(agent.spread.peak, count)
        else:
            agent.pace.note(count, activity.second, settings.window)
        agent.note(count, activity.second, found=agent.finding != "")

    def on_alarm(self, state: MassActionState, key: str, now: int, context: Context) -> None:
        """Resolve what is over, and forget agents and targets that were not seen for long."""
        settings = self.settings("", "")
        if key == _SWEEP:
            for one in state.seen.values():
                one.pass_to(now)
            state.seen = {name: one for name, one in state.seen.items() if one.last}
            if state.seen:
                state.alarms.set(key, now + DAY)
            return
        agent = state.agents[key]
        agent.forget_before(now - settings.window)
        agent.led = agent.led.since(now - settings.window)
        if agent.finding:
            over = agent.busy_at + settings.quiet
            if over > now:
                state.alarms.set(key, over)
                return
            self.close(state, agent.finding, over, context)
            agent.end()
        if agent.seen_at + (HABIT_DAYS + 1) * DAY <= now:
            del state.agents[key]
        else:
            state.alarms.set(key, now + DAY)

    def describe(self, state: MassActionState, finding: Finding) -> None:
        """Say who touched how much of what."""
        put_words(finding, state.agents[finding.subject].spread, self.settings("", ""))

    def reaches(self, state: MassActionState, finding: Finding) -> Footprint:
        """Return the services it touched, and those that what it did led to."""
        return state.agents[finding.subject].spread.reached

    @staticmethod
    def _lead(state: MassActionState, activity: Activity, name: str, context: Context) -> None:
        """Credit what was done because of another agent's action to the one that began."""
        leader = state.leaders.leader(activity, name)
        deeds = state.leaders.adopted(activity)
        if leader != name:
            deeds.append(deed_of(activity))
        for deed in deeds:
            if leader.startswith(f"{deed.place[0]}\0") and leader != deed.follower:
                agent = state.agents.get(leader)
                if agent is None:
                    agent = state.agents[leader] = Agent()
                    state.alarms.set(leader, activity.second + DAY)
                if agent.lead(deed):
                    context.book.touch(agent.finding)

    def _see(self, state: MassActionState, activity: Activity, target: int) -> bool:
        """Count a target, by its mark, among those there are; return whether its scope knew it."""
        at = activity.second
        state.begun.setdefault(activity.environment, at)
        if not state.seen:
            state.alarms.set(_SWEEP, at + DAY)
        self._seen(state, activity.environment).add(target, at)
        return self._seen(state, activity.scope).add(target, at)

    @staticmethod
    def _seen(state: MassActionState, place: str) -> Distinct:
        found = state.seen.get(place)
        if found is None:
            found = state.seen[place] = Distinct(SEEN_DAYS)
        return found

    def _is_wide(self, state: MassActionState, agent: Agent, activity: Activity) -> bool:
        """Whether what lies in the window is much of the environment, or of a scope."""
        settings = self.settings("", "")
        everything = len(self._seen(state, activity.environment))
        if len(agent.touches) >= settings.fleet_share * everything:
            return True
        return any(
            settings.scope_targets <= len(state.seen[scope])
            and count >= settings.critical_share * len(state.seen[scope])
            for scope, count in agent.by_scope().items()
        )

    def _open(self, state: MassActionState, name: str, habit: int, context: Context) -> None:
        agent = state.agents[name]
        environment = name.partition("\0")[0]
        things = list(agent.touches.items())
        first, last = things[0][1], things[-1][1]
        finding = context.book.open(
            self.name,
            name,
            first.member.id,
            environment=environment,
            first_at=first.at,
            at=last.at,
        )
        agent.finding, agent.spread.habit, agent.busy_at = finding.id, habit, last.at
        agent.pace.leave_out()
        state.alarms.set(name, last.at + self.settings("", "").quiet)
        for thing, touch in things:
            agent.spread.add(thing, touch, environment)
        agent.led_since(first.at)
        context.book.join(finding, [touch.member for _, touch in things], last.at)
        self._judge(state, agent, dict.fromkeys(touch.scope for _, touch in things), context)

    def _join(
        self, state: MassActionState, agent: Agent, thing: str, touch: Touch, context: Context
    ) -> None:
        finding = context.book.findings[agent.finding]
        agent.spread.add(thing, touch, finding.environment)
        context.book.join(finding, [touch.member], touch.at)
        self._judge(state, agent, (touch.scope,), context)

    def _judge(
        self,
        state: MassActionState,
        agent: Agent,
        scopes: Iterable[str],
        context: Context,
    ) -> None:
        """Let the tier be decided, after some scopes were touched."""
        settings, spread = self.settings("", ""), agent.spread
        finding = context.book.findings[agent.finding]
        finding.count = len(spread.things)
        places = [(one, spread.scopes.get(one, 0), settings.scope_targets) for one in scopes]
        places.append((finding.environment, finding.count, settings.environment_targets))
        for place, touched, least in places:
            there = len(self._seen(state, place))
            share = touched / there
            if there >= least and share > spread.share[1] / max(1, spread.share[2]):
                spread.share = (place, touched, there)
        context.judge(finding, lambda: _grounds(agent, settings), finding.last_at)


def _grounds(agent: Agent, settings: MassSettings) -> list[Ground]:
    minutes, spread = f"{settings.window_minutes:g} min", agent.spread
    usual = f"its most on any of 30 days was {spread.habit}" if spread.habit else "it never did so"
    count = len(agent.touches)
    found = [Ground(Tier.ACTIONABLE, f"{count} targets in {minutes}, and {usual} before")]
    place, touched, there = spread.share
    if there and touched >= settings.critical_share * there:
        name = place.rpartition("\0")[2]
        reason = f"it touched {touched} of the {there} targets of {name}"
        found.append(Ground(Tier.CRITICAL, reason))
    return found


def _touch(activity: Activity) -> Touch:
    what = f"{activity.type} {activity.target.name}"
    member = Member(
        activity.second,
        activity.first[1],
        activity.agent,
        what,
        activity.outcome,
        activity.count,
    )
    return Touch(activity.second, activity.scope, activity.service, activity.type, member)

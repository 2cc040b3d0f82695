"""`automation_in_drill`: automation that acts while a drill is to show what happens without."""

from __future__ import annotations

import dataclasses

import msgspec

from overheal.detect.base import PHASES, Context, Detector, Documentation, Settings, State, setting
from overheal.model import HOUR, MICROSECOND, MINUTE, Event, Finding, Tier
from overheal.state.book import Ground
from overheal.state.memory import Recent, RecentKeys
from overheal.state.moments import member_of
from overheal.state.words import clock, listed, shown, times

LOOK = 5 * MINUTE
"""How often it is looked whether the drill was ended before its time."""

REMEMBERED = 6 * HOUR
"""How long an action is remembered after it was last heard of, at least."""

PEOPLE, AUTOMATION, UNCOUNTED = 1, 2, 3
"""Whose an action is in the end; the last is one that does not count, whoever acts."""

AGENTS_SAID = 3


@dataclasses.dataclass(frozen=True)
class DrillSettings(Settings):
    """How much automation a drill without it bears."""

    actions: int = setting(
        1, unit="actions", bound="inclusive", meaning="this many on one service open a finding"
    )


class Touched(msgspec.Struct):
    """One service in one drill: its first automated actions, then its open finding."""

    drill: str
    owner: str
    until: int
    environment: str
    service: str
    events: list[Event] = []
    count: int = 0
    kinds: dict[str, int] = {}
    last: str = ""
    finding: str = ""


class DrillState(State):
    """Services by environment and name, and whose the actions and events heard of lately are."""

    services: dict[str, Touched] = msgspec.field(default_factory=dict)
    whose: RecentKeys = msgspec.field(default_factory=lambda: Recent(REMEMBERED))


class AutomationInDrill(Detector[DrillSettings, DrillState]):
    """Takes down every automated action that starts in a drill without automation."""

    name = "automation_in_drill"
    settings_type = DrillSettings
    state_type = DrillState
    phases = PHASES - {""}
    drills_only = True
    documentation = Documentation(
        question="Did automation touch a service during a drill that wanted none of it?",
        opens="The `actions`-th automated action that starts on a service of a drill declared "
        "with `no_automation` opens a finding.",
        escalates="It does not escalate: what the drill was to show is spoilt by the first action.",
        resolves="It resolves when the drill is over, or is ended.",
        identity="Two findings are the same when they are about the same drill, environment and "
        "service and opened with the same first action.",
        blind_to="It does not see what belongs to no service, what nobody reports, and that a "
        "person began it where that was before the drill, in another scope, or not said.",
    )

    def on_event(self, state: DrillState, event: Event, context: Context) -> None:
        """Take any event of a drill; where it allows automation there is nothing to do."""
        drill = context.drill
        if drill is None or not drill.no_automation or not event.phase:
            return
        known = state.whose.get(event.action_id)
        whose = known or self._whose(state, event, drill.since)
        if whose:
            state.whose.put(event.action_id, whose, event.time)
            state.whose.put(event.id, whose, event.time)
        if known or whose != AUTOMATION or not event.service:
            return
        key = f"{event.environment}\0{event.service}"
        touched = state.services.get(key)
        if touched is None:
            touched = state.services[key] = Touched(
                drill.id, drill.owner, drill.end, event.environment, event.service
            )
            state.alarms.set(key, min(drill.end, event.time + LOOK))
        self._take(touched, event, context)

    def on_alarm(self, state: DrillState, key: str, now: int, context: Context) -> None:
        """Resolve what was found once the drill is over."""
        touched, drill = state.services[key], context.drill
        until = touched.until if drill is None else min(touched.until, drill.end)
        if until > now:
            state.alarms.set(key, min(until, now + LOOK))
            return
        if touched.finding:
            last_at = context.book.findings[touched.finding].last_at
            self.close(state, touched.finding, max(until, last_at), context)
        del state.services[key]

    def describe(self, state: DrillState, finding: Finding) -> None:
        """Say who acted, how often, and which of them are the platform's own."""
        touched = state.services[_key(finding)]
        agents = finding.agents[:AGENTS_SAID]
        more = len(finding.agents) - len(agents)
        who = listed([*agents, f"{more} more"] if more else agents)
        platform = touched.kinds.get("platform", 0)
        own = ""
        if platform:
            of_it = "all of it" if platform == touched.count else times(platform)
            own = f"; {of_it} the platform's own agents, which are automation too"
        finding.evidence |= {
            "drill": touched.drill,
            "owner": touched.owner,
            "drill_ends_at": touched.until,
            "actions": touched.count,
            "by_kind": dict(sorted(touched.kinds.items())),
        }
        finding.summary = (
            f"Automation touched {finding.service} {times(touched.count)} since "
            f"{clock(finding.first_at)} during the drill {touched.drill}, which was to go without "
            f"it: {who}{own}."
        )
        finding.next_step = (
            f"Find out what {touched.last or 'it'} would have hidden: what the drill shows of "
            f"{finding.service} holds only up to {clock(finding.first_at)}. Keep "
            f"{finding.agents[0]} from it before the drill is repeated."
        )

    @staticmethod
    def _whose(state: DrillState, event: Event, since: int) -> int:
        """Return whose an action is that was not heard of before; 0 while nothing has begun.

        A causal chain is its first agent's. What began before the drill is no touch.
        """
        if event.phase not in ("started", "finished"):
            return 0
        if event.agent_kind == "human":
            return PEOPLE
        if event.witness_of or _began(event) < since:
            return UNCOUNTED
        causes = [state.whose.get(cause) for cause in event.caused_by]
        return PEOPLE if PEOPLE in causes else AUTOMATION

    def _take(self, touched: Touched, event: Event, context: Context) -> None:
        settings = self.settings(event.environment, event.service)
        touched.count += 1
        touched.kinds[event.agent_kind] = touched.kinds.get(event.agent_kind, 0) + 1
        touched.last = shown(event.name or event.type)
        member = member_of(event, _began(event), event.type)
        if touched.finding:
            finding = context.book.findings[touched.finding]
            context.book.join(finding, [member], event.time)
        else:
            touched.events.append(event)
            if touched.count < settings.actions:
                return
            members = sorted(member_of(one, _began(one), one.type) for one in touched.events)
            touched.events = []
            finding = context.book.open(
                self.name,
                f"{touched.environment}\0{touched.service}\0{touched.drill}",
                members[0].id,
                environment=touched.environment,
                service=touched.service,
                scope=context.scope,
                first_at=members[0].at,
                at=event.time,
            )
            touched.finding = finding.id
            context.book.join(finding, members, event.time)
        finding.count = touched.count
        context.judge(finding, lambda: _grounds(touched), event.time)


def _grounds(touched: Touched) -> list[Ground]:
    acted = f"automation acted {times(touched.count)}"
    return [
        Ground(Tier.ACTIONABLE, f"{acted} in the drill {touched.drill}, which was to go without it")
    ]


def _began(event: Event) -> int:
    """Return when an action began: as it started, or as it finished less its duration."""
    if event.phase == "finished" and event.duration:
        return event.time - int(event.duration * MICROSECOND)
    return event.time


def _key(finding: Finding) -> str:
    return f"{finding.environment}\0{finding.service}"

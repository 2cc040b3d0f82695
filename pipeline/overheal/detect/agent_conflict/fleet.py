"""The fleet stage of `agent_conflict`: a pair of agents over all the targets they meet on."""

from __future__ import annotations

import msgspec

from overheal.detect.agent_conflict.settings import (
    PLANNED,
    STILL,
    ConflictSettings,
    field_key,
    grounds,
    second_write,
)
from overheal.detect.base import Context, Documentation, FleetDetector, State
from overheal.model import HOUR, Activity, Finding
from overheal.state.contest import Bout, Contest, Override
from overheal.state.footprint import Footprint, tread
from overheal.state.mandates import mandate_of
from overheal.state.memory import Recent
from overheal.state.moments import Member
from overheal.state.series import TIDYING, First
from overheal.state.words import clock, listed, shown, times
from overheal.state.writes import Write

SEVERAL = 2
"""Targets on which a pair must fight before the fleet speaks instead of the scopes."""

ACTION_MEMORY, OVER_MEMORY = 6 * HOUR, HOUR // 2

ACTIONS_KEPT = 500_000
"""Actions that are remembered, where there are more than so many within that time."""

_FIELD, _PAIR = "field\0", "pair\0"


class FleetConflictState(State):
    """Contests by environment, target and field; bouts by environment and both names.

    `actions` are those whose write was taken: an action writes once, though it may tell so when it
    starts and again when it ends; those that told their outcome are in `over`, for a shorter time.
    `services` are those that a pair met on.
    """

    contests: dict[str, Contest] = msgspec.field(default_factory=dict)
    firsts: Recent[First] = msgspec.field(default_factory=lambda: Recent(STILL))
    pairs: dict[str, Bout] = msgspec.field(default_factory=dict)
    services: dict[str, Footprint] = msgspec.field(default_factory=dict)
    actions: Recent[int] = msgspec.field(
        default_factory=lambda: Recent(ACTION_MEMORY, most=ACTIONS_KEPT)
    )
    over: Recent[int] = msgspec.field(
        default_factory=lambda: Recent(OVER_MEMORY, most=ACTIONS_KEPT)
    )


class FleetAgentConflict(FleetDetector[ConflictSettings, FleetConflictState]):
    """Scores a pair of agents over all their targets, by the settings common to all services."""

    name = "agent_conflict"
    settings_type = ConflictSettings
    state_type = FleetConflictState
    documentation = Documentation(
        question="Do two agents work against each other all over the fleet?",
        opens="A finding opens when a pair has undone each other on at least two targets, "
        "`reversals` times together within `window_hours`, both sides taking part, a person on "
        "some field twice; it takes the place of those of the scopes.",
        escalates="It becomes critical at `critical_reversals` in the window, when users feel it, "
        "or where it takes the place of a critical finding of a scope.",
        resolves="It resolves once fewer than `reversals` are left in the window.",
        identity="Two findings are the same when they are about the same pair in the same "
        "environment and opened with the same first reversal of the window.",
        blind_to="It does not see agents that act through different fields, writers that report "
        "no value, and clean-up, whose job is to undo; settings of one service do not hold here.",
    )

    def on_activity(self, state: FleetConflictState, activity: Activity, context: Context) -> None:
        """Take what one agent wrote to one field in one second."""
        if not activity.writes or activity.type in TIDYING or not self._is_new(state, activity):
            return
        place = field_key(activity.environment, activity.target, activity.field)
        write = Write(activity.second, activity.last[1], activity.agent, activity.new)
        contest = state.contests.get(place)
        if contest is None:
            contest = second_write(state.firsts, place, write, activity.old)
            if contest is None:
                return
            state.contests[place] = contest
            state.alarms.set(_FIELD + place, activity.second + STILL)
        last = contest.last
        if last.value == write.value and last.agent != write.agent:
            pair = sorted((last.agent, write.agent))
            bout = state.pairs.get("\0".join((activity.environment, *pair)))
            if bout is not None:
                bout.take_back(last.id)
        override = contest.write(write, place, planned=activity.trigger == PLANNED)
        if override is not None:
            self._overridden(state, override, activity, context)

    def on_alarm(self, state: FleetConflictState, key: str, now: int, context: Context) -> None:
        """Resolve the fights that have stopped; forget fields that kept still for a day."""
        settings = self.settings("", "")
        if key.startswith(_FIELD):
            place = key.removeprefix(_FIELD)
            still_at = state.contests[place].seen_at + max(STILL, settings.window)
            if still_at > now:
                state.alarms.set(key, still_at)
            else:
                del state.contests[place]
            return
        name = key.removeprefix(_PAIR)
        bout = state.pairs[name]
        if bout.finding and bout.calm_at(settings.reversals, settings.window) <= now:
            calm_at = bout.calm_at(settings.reversals, settings.window)
            self.close(state, bout.finding, calm_at, context)
            bout.finding, bout.total = "", 0
            state.services.pop(name, None)
        if bout.finding:
            state.alarms.set(key, bout.calm_at(settings.reversals, settings.window))
            return
        bout.forget_before(now - settings.window)
        if bout.overrides:
            state.alarms.set(key, bout.overrides[-1].at + settings.window)
        else:
            del state.pairs[name]
            state.services.pop(name, None)

    def describe(self, state: FleetConflictState, finding: Finding) -> None:
        """Name both agents and where they meet."""
        bout = state.pairs[finding.subject]
        first, second, *_ = bout.pair
        targets = sorted(target.split("\0")[5] for target in bout.targets)
        finding.title = f"{first} and {second}"
        finding.agents = [first, second]
        finding.evidence |= {
            "reversals": bout.total,
            "targets": targets[:50],
            "target_count": len(bout.targets),
            "mandates": {
                agent: mandate_of(agent, bout.mandates.get(agent, "")) or "unknown"
                for agent in (first, second)
            },
        }
        finding.summary = (
            f"{first} and {second} undo each other on {len(bout.targets)} targets "
            f"({listed(targets[:5])}): {times(bout.total)} since {clock(finding.first_at)}."
        )
        finding.next_step = f"Decide which of {first} and {second} owns what, once for all targets."

    def reaches(self, state: FleetConflictState, finding: Finding) -> Footprint:
        """Return the services of the targets that the pair has met on."""
        return state.services.get(finding.subject, {})

    @staticmethod
    def _is_new(state: FleetConflictState, activity: Activity) -> bool:
        """Whether it holds an action whose write was not taken yet."""
        taken = state.over if activity.outcome not in ("", "unknown") else state.actions
        fresh = False
        for action in activity.ids:
            if state.over.get(action) is None:
                fresh = fresh or state.actions.get(action) is None
                taken.put(action, 1, activity.second)
                if taken is state.over:
                    state.actions.drop(action)
        return fresh

    def _overridden(
        self,
        state: FleetConflictState,
        override: Override,
        activity: Activity,
        context: Context,
    ) -> None:
        settings = self.settings("", "")
        name = "\0".join((activity.environment, *override.pair))
        bout = state.pairs.get(name)
        if bout is None:
            bout = state.pairs[name] = Bout(override.pair)
            state.alarms.set(_PAIR + name, override.at + settings.window)
        bout.add(override, override.at - settings.window)
        if activity.agent_kind == "human":
            bout.person = activity.agent
        met = state.services.setdefault(name, {})
        tread(met, activity.environment, activity.service, activity.second)
        if activity.mandate:
            bout.mandates[activity.agent] = activity.mandate
        if bout.finding:
            finding, members = context.book.findings[bout.finding], [override]
        elif (
            len(bout.targets) >= SEVERAL
            and bout.is_fight(settings.reversals)
            and bout.is_in_earnest
        ):
            members = bout.overrides
            finding = context.book.open(
                self.name,
                name,
                members[0].id,
                environment=activity.environment,
                first_at=members[0].at,
                at=override.at,
            )
            bout.finding, bout.total = finding.id, len(members)
            finding.agents = list(override.pair)
        else:
            return
        context.book.join(finding, [_member(item) for item in members], override.at)
        finding.count = bout.total
        state.alarms.set(_PAIR + name, bout.calm_at(settings.reversals, settings.window))
        context.judge(finding, lambda: grounds(len(bout.overrides), settings), override.at)


def _member(override: Override) -> Member:
    place = override.place.split("\0")
    what = f"{place[6]} of {place[5]} = {shown(override.value)}"
    return Member(override.at, override.id, override.by, what, "")

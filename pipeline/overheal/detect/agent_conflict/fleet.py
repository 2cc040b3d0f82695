"""The fleet stage of `agent_conflict`: a pair of agents over all the targets they meet on."""

from __future__ import annotations

import msgspec

from overheal.detect.agent_conflict.settings import ConflictSettings, grounds
from overheal.detect.base import NEVER, Context, Documentation, FleetDetector, State
from overheal.model import HOUR, Activity
from overheal.state.contest import Contest, Override
from overheal.state.words import clock, listed, times

SEVERAL = 2
"""Targets on which a pair must fight before the fleet speaks instead of the scopes."""


class Pair(msgspec.Struct):
    """The overrides between two agents by target, and their open finding."""

    overrides: dict[str, list[Override]] = {}
    finding: str = ""
    total: int = 0
    due: int = NEVER


class FleetConflictState(State):
    """Contests by environment, target and field; pairs by environment and both names."""

    contests: dict[str, Contest] = {}
    pairs: dict[str, Pair] = {}


class FleetAgentConflict(FleetDetector[ConflictSettings, FleetConflictState]):
    """Scores a pair of agents over all their targets."""

    name = "agent_conflict"
    settings_type = ConflictSettings
    state_type = FleetConflictState
    documentation = Documentation(
        question="Do two agents work against each other all over the fleet?",
        opens="when a pair has undone each other on at least two targets, `reversals` times "
        "together within `window_hours`, both sides taking part",
        escalates="critical at `critical_reversals` in the window",
        resolves="once fewer than `reversals` are left in the window",
        identity="environment and pair, and the first reversal of the window",
        blind_to="agents that act through different fields; writers that report no value",
    )

    def on_activity(
        self, state: FleetConflictState, activity: Activity, context: Context
    ) -> None:
        """Take what one agent wrote to one field in one second."""
        target = activity.target
        subject = (
            f"{activity.environment}\0{target.kind}\0{target.cluster}\0{target.region}\0"
            f"{target.namespace}\0{target.name}\0{activity.field}"
        )
        contest = state.contests.setdefault(subject, Contest())
        settings = self.settings(activity.environment, activity.service)
        start = activity.second - int(settings.window_hours * HOUR)
        contest.forget_before(start)
        override = contest.write(
            activity.second, activity.ids[-1], activity.agent, activity.old, activity.new
        )
        if override is None:
            return
        name = "\0".join((activity.environment, *override.pair))
        pair = state.pairs.setdefault(name, Pair())
        pair.overrides.setdefault(subject, []).append(override)
        for key in list(pair.overrides):
            pair.overrides[key] = [item for item in pair.overrides[key] if item.at > start]
            if not pair.overrides[key]:
                del pair.overrides[key]
        self._judge(state, pair, name, activity, override, settings, context)

    def on_time(self, state: FleetConflictState, now: int, context: Context) -> None:
        """Resolve the fights that have stopped."""
        state.due = NEVER
        for pair in state.pairs.values():
            if pair.finding and pair.due <= now:
                context.book.resolve(pair.finding, pair.due)
                pair.finding, pair.total, pair.due = "", 0, NEVER
            state.due = min(state.due, pair.due)

    def _judge(  # noqa: PLR0913 - the parts of one override
        self,
        state: FleetConflictState,
        pair: Pair,
        name: str,
        activity: Activity,
        override: Override,
        settings: ConflictSettings,
        context: Context,
    ) -> None:
        recent = sorted(
            (item for items in pair.overrides.values() for item in items),
            key=lambda item: (item.at, item.id),
        )
        sides = {item.by for item in recent}
        enough = len(recent) >= settings.reversals and len(pair.overrides) >= SEVERAL
        if pair.finding:
            finding = context.book.findings[pair.finding]
            members = [override.id]
            pair.total += 1
        elif enough and len(sides) == SEVERAL:
            finding = context.book.open_fleet(
                self.name,
                name,
                recent[0].id,
                environment=activity.environment,
                first_at=recent[0].at,
                at=override.at,
            )
            pair.finding, pair.total = finding.id, len(recent)
            members = [item.id for item in recent]
        else:
            return
        context.book.join(finding, members, override.at)
        if len(recent) >= settings.reversals:
            window = int(settings.window_hours * HOUR)
            pair.due = recent[-settings.reversals].at + window
            state.due = min(state.due, pair.due)
        first, second = override.pair
        targets = sorted(key.split("\0")[5] for key in pair.overrides)
        finding.title = f"{first} against {second}"
        finding.agents = [first, second]
        finding.count = pair.total
        finding.evidence.update(
            reversals=pair.total, targets=targets[:50], target_count=len(targets)
        )
        finding.summary = (
            f"{first} and {second} undo each other on {len(targets)} targets "
            f"({listed(targets[:5])}): {times(pair.total)} since {clock(finding.first_at)}."
        )
        finding.next_step = f"Decide which of {first} and {second} owns what, once for all targets."
        context.judge(finding, grounds(len(recent), settings), override.at)

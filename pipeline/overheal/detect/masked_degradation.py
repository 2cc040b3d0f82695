"""`masked_degradation`: recoveries that all seem to work, and come faster and faster.

Two scales are watched: the gaps between episodes, and the gaps between the recoveries inside one
episode. Both are tested with `state.trend.GapTest`, which holds against any renewal process however
often one looks; the error is split between the scales, and the k-th episode of 90 days that is
long enough to be tested gets a share that falls as 1/k².
"""

from __future__ import annotations

import dataclasses
import math
import zlib

import msgspec

from overheal.detect.base import NEVER, Context, Detector, Documentation, Settings, State, setting
from overheal.model import DAY, MICROSECOND, MINUTE, Event, Finding, Tier
from overheal.state.book import Ground, note_moment
from overheal.state.facts import Recovery
from overheal.state.trend import GapTest, Verdict, project
from overheal.state.words import clock, span

EPISODE_GAP = 15 * MINUTE
BUDGET_SPAN = 90 * DAY
LONG_ENOUGH = 4
"""Gaps inside an episode before it takes its share of the error."""

RECENT = 5
GAPS_SHOWN = 300


@dataclasses.dataclass(frozen=True)
class DegradationSettings(Settings):
    """Error to spend, and what counts as continuous failure."""

    episode_error: float = setting(
        0.008, unit="probability", bound="inclusive", meaning="false alarms between episodes"
    )
    burst_error: float = setting(
        0.002, unit="probability", bound="inclusive", meaning="false alarms inside episodes"
    )
    continuous_seconds: float = setting(
        60.0, unit="seconds", bound="inclusive", meaning="gaps this short are continuous failure"
    )
    critical_within_hours: float = setting(
        24.0, unit="hours", bound="exclusive", meaning="projected sooner than this is critical"
    )
    critical_ratio: float = setting(
        4.0, unit="times the baseline rate", bound="inclusive", meaning="this much faster is critical"
    )


class Scale(msgspec.Struct):
    """One test over gaps, the newest gaps (seconds) and their ends, and its finding."""

    test: GapTest
    first_at: int = 0
    gaps: list[float] = []
    ends: list[int] = []
    members: list[str] = []
    finding: str = ""
    verdict: Verdict | None = None


class Service(msgspec.Struct):
    """One service's episodes and the two scales; times in microseconds UTC."""

    between: Scale
    inside: Scale | None = None
    episode_start: int = 0
    episode_id: str = ""
    last_at: int = 0
    pending: Recovery | None = None
    pending_action: str = ""
    long_episodes: list[int] = []
    due: int = NEVER


class DegradationState(State):
    """Services by environment and name."""

    services: dict[str, Service] = {}


class MaskedDegradation(Detector[DegradationSettings, DegradationState]):
    """Watches the gaps of recoveries that nobody reported as failed."""

    name = "masked_degradation"
    settings_type = DegradationSettings
    state_type = DegradationState
    documentation = Documentation(
        question="Do recoveries that all seem to work come faster and faster?",
        opens="when gaps between episodes, or inside one, shrink more than chance explains",
        escalates="critical when continuous failure is projected within `critical_within_hours`, "
        "or the rate reaches `critical_ratio` times the baseline",
        resolves="inside an episode: when it is over; between episodes: once the gap has returned "
        "to twice the baseline",
        identity="service, scale, and the recovery at which the test decided",
        blind_to="degradation that shows in fewer than five gaps, and rates that were always high",
    )

    def on_recovery(self, state: DegradationState, fact: Recovery, context: Context) -> None:
        """Take the recovery before this one for good, and wait whether this one fails."""
        event = fact.event
        key = f"{event.environment}\0{event.service}"
        service = state.services.get(key)
        if service is None:
            settings = self.settings(event.environment, event.service)
            service = state.services[key] = Service(Scale(GapTest(settings.episode_error)))
        if service.pending is not None:
            self._take(service, service.pending, context)
        service.pending = None
        if event.phase == "started":
            service.pending, service.pending_action = fact, event.action_id
        elif not fact.failed:
            self._take(service, fact, context)
        service.due = max(service.last_at, fact.at) + EPISODE_GAP
        state.due = min(state.due, service.due)

    def on_outcome(self, state: DegradationState, event: Event, context: Context) -> None:
        """Drop the waiting recovery if it failed; take it if it did not."""
        service = state.services.get(f"{event.environment}\0{event.service}")
        if service is None or service.pending is None:
            return
        if service.pending_action == event.action_id:
            if event.outcome != "failed":
                self._take(service, service.pending, context)
            service.pending = None

    def on_time(self, state: DegradationState, now: int, context: Context) -> None:
        """Close what has calmed down: episodes that are over, gaps that are long again."""
        state.due = NEVER
        for key, service in state.services.items():
            if service.due <= now:
                if service.pending is not None and service.pending.at + EPISODE_GAP <= now:
                    self._take(service, service.pending, context)
                    service.pending = None
                service.due = self._calm(service, now, context, self.settings(*key.split("\0")))
            state.due = min(state.due, service.due)

    def _take(self, service: Service, fact: Recovery, context: Context) -> None:
        """Take one recovery that was not reported as failed."""
        event, at = fact.event, max(fact.at, service.last_at)
        settings = self.settings(event.environment, event.service)
        if service.last_at and at - service.last_at <= EPISODE_GAP:
            inside = service.inside
            if inside is None:
                inside = service.inside = Scale(GapTest(0.0), service.episode_start)
                inside.members.append(service.episode_id)
            if len(inside.gaps) == LONG_ENOUGH - 1 and not inside.test.alpha:
                inside.test.alpha = self._share(service, at, settings)
                inside.test.reach = (math.inf, math.inf)
            self._gap(inside, at - service.last_at, at, fact, "inside", context)
            if service.between.finding:
                self._follow(service.between, fact, at, "between", context)
        else:
            service.inside = None
            if service.episode_start:
                start = service.episode_start
                self._gap(service.between, at - start, at, fact, "between", context)
            else:
                service.between.first_at = at
                service.between.members.append(event.id)
            service.episode_start, service.episode_id = at, event.id
        service.last_at = at

    def _share(self, service: Service, at: int, settings: DegradationSettings) -> float:
        service.long_episodes = [s for s in service.long_episodes if s > at - BUDGET_SPAN]
        service.long_episodes.append(at)
        return settings.burst_error * 6 / (math.pi**2 * len(service.long_episodes) ** 2)

    def _gap(  # noqa: PLR0913 - both scales differ in all of these
        self, scale: Scale, gap: int, at: int, fact: Recovery, kind: str, context: Context
    ) -> None:
        seconds = gap / MICROSECOND
        verdict = scale.test.observe(seconds, zlib.crc32(fact.event.id.encode()))
        scale.gaps.append(seconds)
        scale.ends.append(at)
        del scale.gaps[:-GAPS_SHOWN], scale.ends[:-GAPS_SHOWN]
        if verdict is not None and not scale.finding:
            scale.verdict = verdict
            self._open(scale, fact, at, kind, context)
        elif scale.finding:
            self._follow(scale, fact, at, kind, context)
        else:
            scale.members.append(fact.event.id)
            del scale.members[:-GAPS_SHOWN]

    def _open(self, scale: Scale, fact: Recovery, at: int, kind: str, context: Context) -> None:
        event = fact.event
        finding = context.book.open(
            self.name,
            f"{event.environment}\0{event.service}\0{kind}",
            event.id,
            event=event,
            first_at=scale.first_at,
            scope=context.scope,
        )
        scale.finding = finding.id
        finding.count = len(scale.members)
        context.book.join(finding, scale.members, at)
        scale.members = []
        self._follow(scale, fact, at, kind, context)

    def _follow(self, scale: Scale, fact: Recovery, at: int, kind: str, context: Context) -> None:
        """Bring the open finding up to date with one more recovery."""
        event = fact.event
        finding = context.book.findings[scale.finding]
        settings = self.settings(event.environment, event.service)
        finding.count += fact.count
        context.book.join(finding, [event.id], event.time)
        note_moment(finding, event, event.type)
        if event.agent not in finding.agents:
            finding.agents.append(event.agent)
        gaps = scale.gaps
        baseline = scale.verdict.before if scale.verdict else gaps[0]
        recent = sum(gaps[-RECENT:]) / len(gaps[-RECENT:])
        ratio = baseline / recent if recent > 0 else math.inf
        evidence = finding.evidence
        first, last = baseline, gaps[-1]
        evidence.update(
            scale="gaps inside one episode" if kind == "inside" else "gaps between episodes",
            baseline_gap_seconds=round(baseline, 3),
            recent_gap_seconds=round(recent, 3),
            rate_ratio=round(min(ratio, 1e9), 2),
            error_spent=scale.test.alpha,
            reported_failed=0,
            gaps=[
                {"at": end, "seconds": round(gap, 3)}
                for end, gap in zip(scale.ends, gaps, strict=True)
            ],
        )
        hours = self._project(finding, gaps, at, settings)
        grounds = [
            Ground(
                Tier.ACTIONABLE,
                f"gaps fell from {span(baseline)} to {span(recent)}, more than chance explains",
            )
        ]
        if hours is not None and hours < settings.critical_within_hours:
            grounds.append(
                Ground(
                    Tier.CRITICAL,
                    f"continuous failure is projected within {settings.critical_within_hours:g} h",
                )
            )
        if ratio >= settings.critical_ratio:
            grounds.append(
                Ground(
                    Tier.CRITICAL,
                    f"recoveries come {ratio:.0f} times as often as at the start, "
                    f"{settings.critical_ratio:g} times is the limit",
                )
            )
        finding.summary = (
            f"{event.service} was recovered {finding.count} times, no recovery was reported as "
            f"failed, and they come faster and faster: {span(first)} apart at first, "
            f"{span(last)} apart now. {self._outlook(finding, hours)}"
        )
        finding.next_step = (
            f"Treat it as one failure that recovery postpones: look for what grows in "
            f"{event.service} ({event.condition[:120]})."
        )
        context.judge(finding, grounds, event.time)

    def _project(
        self, finding: Finding, gaps: list[float], at: int, settings: DegradationSettings
    ) -> float | None:
        """Put the projected end on the finding; return the hours until then."""
        projection = project(gaps, settings.continuous_seconds)
        if projection is None:
            return None
        end = at + int(projection.seconds * MICROSECOND)
        if "reached_at" not in finding.evidence:
            low, high = projection.low, projection.high
            finding.evidence["projection"] = {
                "at": end,
                "low": None if low is None else at + int(low * MICROSECOND),
                "high": None if high is None else at + int(high * MICROSECOND),
                "meaning": f"recoveries {span(settings.continuous_seconds)} apart or closer",
            }
            if projection.seconds <= 0:
                finding.evidence["reached_at"] = at
        return projection.seconds / 3600

    @staticmethod
    def _outlook(finding: Finding, hours: float | None) -> str:
        projected = finding.evidence.get("projection")
        if "reached_at" in finding.evidence:
            reached = finding.evidence["reached_at"]
            return f"Since {clock(reached)} it has in effect failed continuously."
        if projected is None or hours is None:
            return "No end can be projected yet."
        return f"Projected to fail continuously by {clock(projected['at'])}."

    @staticmethod
    def _calm(service: Service, now: int, context: Context, settings: DegradationSettings) -> int:
        """Resolve what is over at `now`; return when to look again."""
        due = NEVER
        over = service.last_at + EPISODE_GAP
        if service.inside is not None and service.inside.finding:
            if over <= now:
                context.book.resolve(service.inside.finding, over)
                service.inside = None
            else:
                due = over
        between = service.between
        if between.finding and between.verdict is not None:
            calm = service.episode_start + int(2 * between.verdict.before * MICROSECOND)
            if calm <= now:
                context.book.resolve(between.finding, calm)
                service.between = Scale(GapTest(settings.episode_error))
                service.episode_start = 0
            else:
                due = min(due, calm)
        return due

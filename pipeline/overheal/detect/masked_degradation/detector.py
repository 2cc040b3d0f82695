"""The detector: which recoveries are taken, on which scale, and what a rejection means."""

from __future__ import annotations

import math

from overheal.detect.base import Context, Detector, Documentation
from overheal.detect.masked_degradation import words, worsening
from overheal.detect.masked_degradation.service import (
    EPISODE_GAP,
    Candidate,
    DegradationState,
    Service,
    candidate_of,
)
from overheal.detect.masked_degradation.settings import DegradationSettings, spend
from overheal.model import HOUR, MICROSECOND, Event, Finding, Tier
from overheal.state.book import Ground
from overheal.state.facts import FAILED, Recovery, outcome_of
from overheal.state.projection import project
from overheal.state.scale import RECENT, Scale
from overheal.state.words import span

BETWEEN, INSIDE = "gaps between episodes", "gaps inside one episode"
LONG_ENOUGH = 4
"""Gaps inside an episode before it takes its share of the error."""


class MaskedDegradation(Detector[DegradationSettings, DegradationState]):
    """Watches the gaps of recoveries that nobody reported as failed."""

    name = "masked_degradation"
    settings_type = DegradationSettings
    state_type = DegradationState
    heeds_silence = False
    documentation = Documentation(
        question="Do recoveries that all seem to work come faster and faster?",
        opens="A finding opens when the gaps between episodes, or those inside one, shrink more "
        "than chance explains, or when uptimes, times to recover or a measure get worse by "
        "`least_change`; recoveries reported as failed do not count.",
        escalates="It becomes critical when chance explains the gaps with a probability of at most "
        "the critical error, and continuous failure is projected within `critical_within_hours` or "
        "the rate reaches `critical_ratio` times the baseline.",
        resolves="Inside an episode it resolves when that is over; between episodes after twice "
        "the baseline gap without one, or once the last five gaps are as long as the baseline; "
        "about a sign once that is as good as at first, after thirty days without a recovery, or "
        "when one about the gaps opens.",
        identity="Two findings are the same when they are about the same service and scale (or "
        "sign) and opened with the recovery at which the test decided.",
        blind_to="It does not see degradation that shows in fewer than five gaps, rates that "
        f"were always high, more than {worsening.MEASURES_AT_MOST} measures of a service, and "
        "between episodes what is over within `lasting_hours`.",
    )

    def on_recovery(self, state: DegradationState, fact: Recovery, context: Context) -> None:
        """Take a recovery, or wait whether it fails where it has only begun."""
        event = fact.event
        key = f"{event.environment}\0{event.service}"
        service = state.services.get(key)
        if service is None:
            service = state.services[key] = Service(event.environment, event.service)
        service.told_at = event.time
        if not fact.failed:
            service.wait_for(candidate_of(fact))
            self._take_decided(state, service, context)
        state.alarms.set(key, service.due)

    def on_outcome(self, state: DegradationState, event: Event, context: Context) -> None:
        """Drop the waiting recovery if it failed; take it if it did not."""
        key = f"{event.environment}\0{event.service}"
        service = state.services.get(key)
        if service is not None and service.waiting:
            service.settle(event, failed=outcome_of(event) == FAILED)
            self._take_decided(state, service, context)
            state.alarms.set(key, service.due)

    def on_change(self, state: DegradationState, event: Event, _context: Context) -> None:
        """Learn how many replicas a service has, and when it was deployed."""
        deployed = event.type == "deploy" or event.trigger == "rollout"
        if not deployed and event.field != "replicas":
            return
        service = state.services.get(f"{event.environment}\0{event.service}")
        if service is None:
            return
        if deployed:
            service.deployed_at = event.time
        if event.field == "replicas" and event.target is not None:
            service.clock.resize(str(event.target), event.old, event.new, event.time)

    def on_alarm(self, state: DegradationState, key: str, now: int, context: Context) -> None:
        """Take what nobody reported as failed, close what has calmed down, forget the long gone."""
        service = state.services[key]
        while service.waiting and service.due <= now:
            service.waiting[0].decided = True
            self._take_decided(state, service, context)
        if not service.waiting:
            self._calm(state, service, now, context)
        if service.due > now:
            state.alarms.set(key, service.due)
        else:
            del state.services[key]

    def describe(self, state: DegradationState, finding: Finding) -> None:
        """Say how often, how much faster than at first, and when it will fail for good."""
        service = state.services[state.about[finding.id]]
        settings = self.settings(service.environment, service.name)
        for scale, kind in ((service.between, BETWEEN), (service.inside, INSIDE)):
            if scale is not None and scale.finding == finding.id:
                words.describe(finding, service, scale, kind, settings)
        if service.worse == finding.id:
            worsening.describe(finding, service)

    def _take_decided(self, state: DegradationState, service: Service, context: Context) -> None:
        while service.waiting and service.waiting[0].decided:
            self._take(state, service, service.waiting.pop(0), context)

    def _take(
        self, state: DegradationState, service: Service, candidate: Candidate, context: Context
    ) -> None:
        """Take one recovery that was not reported as failed.

        One that began before the last taken, and is told only at its end, makes no gap.
        """
        member, at = candidate.member, candidate.member.at
        service.condition = candidate.condition
        service.replicas = (service.clock.base, sum(service.clock.replicas.values()))
        service.uptimes.add(candidate.uptime)
        service.durations.add(candidate.duration)
        if at < service.last_at:
            self._join_all(service, candidate, context)
            return
        self._calm(state, service, at, context)
        pace = max(service.clock.at(at), service.last_pace)
        settings = self.settings(service.environment, service.name)
        if service.last_at and at - service.last_at < EPISODE_GAP:
            inside = _inside(service, at, settings)
            gap = (pace - service.last_pace) / MICROSECOND
            self._gap(state, service, inside, candidate, gap, context=context)
            if service.between is not None:
                _follow(service.between, candidate, context)
            worsening.follow(service, candidate, context)
        elif service.first and _of_deploy(service, at, settings):
            service.leave_episode()
            service.first = member
            self._join_all(service, candidate, context)
        else:
            self._episode(state, service, candidate, pace, settings, context=context)
            self._signs(state, service, candidate, settings, context)
        service.last_at, service.last_pace = at, pace

    def _join_all(self, service: Service, candidate: Candidate, context: Context) -> None:
        """Let a recovery that makes no gap join what is told of its service."""
        for scale in (service.inside, service.between):
            if scale is not None:
                _follow(scale, candidate, context)
        worsening.follow(service, candidate, context)

    def _episode(
        self,
        state: DegradationState,
        service: Service,
        candidate: Candidate,
        pace: float,
        settings: DegradationSettings,
        *,
        context: Context,
    ) -> None:
        """Take the recovery that an episode begins with."""
        member, at = candidate.member, candidate.member.at
        service.leave_episode()
        between = service.between
        service.rhythm.note(at)
        if between is not None:
            gap = (pace - service.episode_pace) / MICROSECOND
            self._gap(state, service, between, candidate, gap, context=context)
            if between.finding and _is_back(between):
                self._end(state, between, candidate.told_at, context)
                between = None
        if between is None:
            alpha, grave = settings.for_test(spend(service.tests, at))
            service.between = Scale.starting(alpha, member, grave)
        service.first, service.episode_at, service.episode_pace = member, at, pace

    def _signs(
        self,
        state: DegradationState,
        service: Service,
        candidate: Candidate,
        settings: DegradationSettings,
        context: Context,
    ) -> None:
        """Take what else the first recovery of an episode tells."""
        worsening.observe(service, candidate, settings)
        if service.worse:
            worsening.follow(service, candidate, context)
            if worsening.is_well(service):
                self._end_worse(state, service, candidate.told_at, context)
        elif not _is_told(service):
            finding = worsening.open_worst(self.name, service, candidate, settings, context)
            if finding is not None:
                state.about[finding.id] = f"{service.environment}\0{service.name}"

    def _gap(
        self,
        state: DegradationState,
        service: Service,
        scale: Scale,
        candidate: Candidate,
        gap: float,
        *,
        context: Context,
    ) -> None:
        """Take the gap (seconds per replica) that a recovery ends on one scale."""
        settings = self.settings(service.environment, service.name)
        between = scale is service.between
        verdict = scale.observe(
            candidate.member,
            gap,
            settings.continuous_seconds,
            lasting=int(settings.lasting_hours * HOUR) if between else 0,
            rhythm=service.rhythm if between else None,
            usual=math.inf if between else service.fastest,
            clustered=between,
        )
        if verdict is None or scale.finding:
            finding = _follow(scale, candidate, context)
            if finding is not None:
                context.judge(finding, lambda: _grounds(scale, settings), candidate.told_at)
            return
        if service.worse:
            self._end_worse(state, service, candidate.told_at, context)
        scale.verdict = verdict
        if (end := project(scale.gaps, settings.continuous_seconds)) is not None:
            scale.foretold_at = candidate.member.at + int(end.seconds * MICROSECOND)
        scale.note(candidate.member)
        kind = "between" if between else "inside"
        key = f"{service.environment}\0{service.name}"
        finding = context.book.open(
            self.name,
            f"{key}\0{kind}",
            candidate.member.id,
            environment=service.environment,
            service=service.name,
            scope=context.scope,
            first_at=scale.first_at,
            at=candidate.told_at,
        )
        scale.finding, state.about[finding.id] = finding.id, key
        context.book.join(finding, scale.moments, candidate.told_at)
        context.book.gather(finding, scale.ids, scale.told)
        finding.count = scale.recoveries
        scale.ids, scale.moments = [], []
        context.judge(finding, lambda: _grounds(scale, settings), candidate.told_at)

    def _calm(self, state: DegradationState, service: Service, now: int, context: Context) -> None:
        """Resolve what is over at `now`."""
        between, inside = service.between, service.inside
        if inside is not None and inside.finding and service.episode_over_at <= now:
            self._end(state, inside, service.episode_over_at, context)
            service.inside = None
        if between is not None and between.finding and service.calm_at <= now:
            self._end(state, between, service.calm_at, context)
            service.between = None
        if service.worse and service.well_at <= now:
            self._end_worse(state, service, service.well_at, context)

    def _end_worse(
        self, state: DegradationState, service: Service, at: int, context: Context
    ) -> None:
        self.close(state, service.worse, at, context)
        del state.about[service.worse]
        settings = self.settings(service.environment, service.name)
        worsening.begin_again(service, at, settings)

    def _end(self, state: DegradationState, scale: Scale, at: int, context: Context) -> None:
        self.close(state, scale.finding, at, context)
        del state.about[scale.finding]


def _follow(scale: Scale, candidate: Candidate, context: Context) -> Finding | None:
    """Add a recovery to the finding of a scale and return that; note it where there is none."""
    if not scale.finding:
        scale.note(candidate.member)
        return None
    finding = context.book.findings[scale.finding]
    finding.count += candidate.member.count
    context.book.join(finding, [candidate.member], candidate.told_at)
    return finding


def _inside(service: Service, at: int, settings: DegradationSettings) -> Scale:
    """Return the scale of the present episode, with its share of the error if it is long enough."""
    inside = service.inside
    if inside is None:
        if service.first is None:
            raise RuntimeError("an episode goes on that never began")
        inside = service.inside = Scale.starting(0.0, service.first)
    if inside.test.alpha:
        service.long[-1] = at
    elif len(inside.test.values) == LONG_ENOUGH - 1:
        number = spend(service.long, at)
        if number == 1:
            service.fastest = math.inf
        alpha, inside.grave = settings.for_episode(number)
        inside.test.open_to(alpha)
    return inside


def _of_deploy(service: Service, at: int, settings: DegradationSettings) -> bool:
    """Whether a recovery follows a deploy, and is not the first that does."""
    wake = int(settings.after_deploy_hours * HOUR)
    return service.episode_at >= service.deployed_at > at - wake


def _is_told(service: Service) -> bool:
    """Whether a finding about the service's gaps is open."""
    return any(scale is not None and scale.finding for scale in (service.between, service.inside))


def _is_back(scale: Scale) -> bool:
    """Whether the newest gaps are as long again as they were at first."""
    return len(scale.paces) == RECENT and scale.pace >= scale.baseline


def _grounds(scale: Scale, settings: DegradationSettings) -> list[Ground]:
    """Return the grounds for a tier; a ground for critical once found stays."""
    baseline, now = scale.baseline, scale.pace
    if not scale.critical and scale.test.error <= scale.grave:
        end = project(scale.gaps, settings.continuous_seconds)
        hours = settings.critical_within_hours
        if end is not None and end.seconds < hours * 3600:
            scale.critical = f"continuous failure is projected within {hours:g} h"
        elif baseline >= settings.critical_ratio * now:
            scale.critical = (
                f"recoveries come {baseline / max(now, 1e-9):.0f} times as often as at the start, "
                f"{settings.critical_ratio:g} times is the limit"
            )
    reason = f"gaps fell from {span(baseline)} to {span(now)}, more than chance explains"
    found = [Ground(Tier.ACTIONABLE, reason)]
    return [*found, Ground(Tier.CRITICAL, scale.critical)] if scale.critical else found

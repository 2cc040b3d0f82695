"""`recovery_frequency`: a service that is recovered too often within an hour."""

from __future__ import annotations

import dataclasses

import msgspec

from overheal.detect.base import NEVER, Context, Detector, Documentation, Settings, State, setting
from overheal.model import HOUR, Finding, Tier
from overheal.state.book import Ground
from overheal.state.facts import Recovery
from overheal.state.moments import member_of
from overheal.state.rolling import SINGLES_KEPT, RollingCount
from overheal.state.words import clock

KEPT = 2 * HOUR
"""An hour's window, and an hour for recoveries that are told when they end."""


SURE = SINGLES_KEPT * 9 // 10
"""So many recoveries are counted for sure where each is an event of its own."""


@dataclasses.dataclass(frozen=True)
class FrequencySettings(Settings):
    """Limits on recoveries per rolling hour."""

    per_hour: int = setting(
        3,
        unit="recoveries",
        bound="exclusive",
        meaning="more than this in an hour opens a finding",
        most=SURE - 1,
    )
    critical_per_hour: int = setting(
        10,
        unit="recoveries",
        bound="inclusive",
        meaning="this many in an hour make it critical",
        most=SURE,
    )


class Service(msgspec.Struct):
    """One service's last recoveries, and its open finding.

    `worst` is the highest rolling count since it opened; from `calm_at` on it no longer holds,
    unless more comes. `told_at` is the event time of the newest recovery.
    """

    window: RollingCount
    told_at: int = 0
    finding: str = ""
    worst: int = 0
    calm_at: int = NEVER
    condition: str = ""


class FrequencyState(State):
    """Services by environment and name."""

    services: dict[str, Service] = msgspec.field(default_factory=dict)


class RecoveryFrequency(Detector[FrequencySettings, FrequencyState]):
    """Counts automated recoveries in (t - 3600 s, t] of event time."""

    name = "recovery_frequency"
    settings_type = FrequencySettings
    state_type = FrequencyState
    documentation = Documentation(
        question="Is a service being recovered so often that it is not really working?",
        opens="The recovery that makes more than `per_hour` in a rolling hour opens a finding.",
        escalates="It becomes critical at `critical_per_hour` in a rolling hour: one finding that "
        "lists all members, never one for each.",
        resolves="It resolves once the rolling count has stayed at or below `per_hour` for an "
        "hour; more recoveries after that are a new finding.",
        identity="Two findings are the same when they are about the same service and opened with "
        "the same first recovery of the hour.",
        blind_to="It does not see recoveries spread thinner than the limit, however many there "
        "are in a week.",
    )

    def on_recovery(self, state: FrequencyState, fact: Recovery, context: Context) -> None:
        """Count one recovery and judge every window that it falls into."""
        event = fact.event
        settings = self.settings(event.environment, event.service)
        key = f"{event.environment}\0{event.service}"
        service = state.services.get(key)
        if service is None:
            service = state.services[key] = Service(RollingCount(HOUR))
            state.alarms.set(key, event.time + KEPT)
        window, member = service.window, member_of(event, fact.at, event.type)
        service.told_at = event.time
        window.forget_before(event.time - KEPT)
        window.add(member, fact.first_at)
        count, end, calm_from = window.peak(fact.at, settings.per_hour)
        if service.finding:
            finding = context.book.findings[service.finding]
            finding.count += fact.count if fact.first_at >= finding.first_at else 1
            context.book.join(finding, [member], event.time)
        elif count > settings.per_hour:
            members, first_at = window.window(end)
            finding = context.book.open(
                self.name,
                key,
                members[0].id,
                environment=event.environment,
                service=event.service,
                scope=context.scope,
                first_at=first_at,
                at=event.time,
            )
            service.finding, service.worst, service.calm_at = finding.id, 0, 0
            finding.count = count
            context.book.join(finding, members, event.time)
        else:
            return
        service.worst = max(count, service.worst)
        service.condition = event.condition[:160]
        if calm_from is not None:
            service.calm_at = max(service.calm_at, calm_from + HOUR)
            state.alarms.set(key, service.calm_at)
        context.judge(finding, lambda: _grounds(service.worst, settings), event.time)

    def on_alarm(self, state: FrequencyState, key: str, now: int, context: Context) -> None:
        """Resolve a finding whose hour of calm is over; forget a service that kept quiet."""
        service = state.services[key]
        if service.finding and service.calm_at <= now:
            self.close(state, service.finding, service.calm_at, context)
            service.finding, service.calm_at = "", NEVER
        if not service.finding and service.told_at + KEPT <= now:
            del state.services[key]
        else:
            state.alarms.set(key, service.calm_at if service.finding else service.told_at + KEPT)

    def describe(self, state: FrequencyState, finding: Finding) -> None:
        """Say how often, and how often at the worst."""
        service = state.services[finding.subject]
        settings = self.settings(finding.environment, finding.service)
        finding.evidence |= {
            "per_hour": service.worst,
            "threshold": settings.per_hour,
            "critical_at": settings.critical_per_hour,
        }
        finding.summary = (
            f"{finding.service} was recovered {service.worst} times within an hour, "
            f"{finding.count} times since {clock(finding.first_at)}."
        )
        finding.next_step = (
            f"Find out why {finding.service} keeps failing: {service.condition}. "
            "Its recoveries are listed as members."
        )


def _grounds(worst: int, settings: FrequencySettings) -> list[Ground]:
    """Return the grounds for a tier of a service recovered `worst` times in an hour."""
    found = [
        Ground(Tier.ACTIONABLE, f"{worst} recoveries in an hour are more than {settings.per_hour}")
    ]
    if worst >= settings.critical_per_hour:
        found.append(
            Ground(
                Tier.CRITICAL,
                f"{worst} recoveries in an hour reach {settings.critical_per_hour}",
            )
        )
    return found

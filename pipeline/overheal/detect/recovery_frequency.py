"""`recovery_frequency`: a service that is recovered too often within an hour."""

from __future__ import annotations

import dataclasses

import msgspec

from overheal.detect.base import NEVER, Context, Detector, Documentation, Settings, State, setting
from overheal.model import HOUR, Tier
from overheal.state.book import Ground, note_moment
from overheal.state.facts import Recovery
from overheal.state.rolling import RollingCount
from overheal.state.words import clock


@dataclasses.dataclass(frozen=True)
class FrequencySettings(Settings):
    """Limits on recoveries per rolling hour."""

    per_hour: int = setting(
        3, unit="recoveries", bound="exclusive", meaning="more than this in an hour opens a finding"
    )
    critical_per_hour: int = setting(
        10, unit="recoveries", bound="inclusive", meaning="this many in an hour make it critical"
    )


class Service(msgspec.Struct):
    """One service's last recoveries, and its open finding."""

    window: RollingCount
    finding: str = ""
    due: int = NEVER


class FrequencyState(State):
    """Services by environment and name."""

    services: dict[str, Service] = {}


class RecoveryFrequency(Detector[FrequencySettings, FrequencyState]):
    """Counts automated recoveries in (t - 3600 s, t] of event time."""

    name = "recovery_frequency"
    settings_type = FrequencySettings
    state_type = FrequencyState
    documentation = Documentation(
        question="Is a service being recovered so often that it is not really working?",
        opens="on the recovery that makes more than `per_hour` in a rolling hour",
        escalates="critical at `critical_per_hour` in a rolling hour: one finding, all members",
        resolves="once the rolling count has stayed at or below `per_hour` for an hour",
        identity="service, and the first recovery of the hour that opened it",
        blind_to="recoveries spread thinner than the limit, however many there are in a week",
    )

    def on_recovery(self, state: FrequencyState, fact: Recovery, context: Context) -> None:
        """Count one recovery and judge every window that it falls into."""
        event = fact.event
        settings = self.settings(event.environment, event.service)
        key = f"{event.environment}\0{event.service}"
        service = state.services.get(key)
        if service is None:
            service = state.services[key] = Service(RollingCount(HOUR))
        window = service.window
        window.forget_before(event.time - 2 * HOUR)
        window.add(fact.at, fact.first_at, fact.count, event.id)
        count, end = window.highest(fact.at)
        members, first_at = [event.id], fact.at
        if service.finding:
            added = fact.count
        elif count > settings.per_hour:
            earlier = window.ids(end)
            members, first_at, added = [member for _, member in earlier], earlier[0][0], count
            opened = context.book.open(
                self.name,
                key,
                members[0],
                event=event,
                first_at=first_at,
                scope=context.scope,
            )
            service.finding = opened.id
            opened.evidence.update(
                per_hour=0, threshold=settings.per_hour, critical_at=settings.critical_per_hour
            )
        else:
            return
        finding = context.book.findings[service.finding]
        finding.count += added
        context.book.join(finding, members, event.time)
        note_moment(finding, event, event.type)
        if event.agent not in finding.agents:
            finding.agents.append(event.agent)
        worst = max(count, finding.evidence["per_hour"])
        finding.evidence["per_hour"] = worst
        finding.summary = (
            f"{event.service} was recovered {worst} times within an hour, "
            f"{finding.count} times since {clock(finding.first_at)}."
        )
        finding.next_step = (
            f"Find out why {event.service} keeps failing: {event.condition[:160]}. "
            "Its recoveries are listed as members."
        )
        grounds = [
            Ground(
                Tier.ACTIONABLE,
                f"{worst} recoveries in an hour are more than {settings.per_hour}",
            )
        ]
        if worst >= settings.critical_per_hour:
            grounds.append(
                Ground(
                    Tier.CRITICAL,
                    f"{worst} recoveries in an hour reach {settings.critical_per_hour}",
                )
            )
        context.judge(finding, grounds, event.time)
        service.due = max(event.time, fact.at) + HOUR
        state.due = min(state.due, service.due)

    def on_time(self, state: FrequencyState, now: int, context: Context) -> None:
        """Resolve the findings whose hour of calm is over."""
        state.due = NEVER
        for key, service in state.services.items():
            if not service.finding:
                continue
            if service.due <= now:
                finding = context.book.findings[service.finding]
                environment, name = key.split("\0")
                limit = self.settings(environment, name).per_hour
                calm_at = service.window.falls_to(limit, finding.last_at) + HOUR
                if calm_at <= now:
                    context.book.resolve(service.finding, calm_at)
                    service.finding = ""
                    continue
                service.due = calm_at
            state.due = min(state.due, service.due)

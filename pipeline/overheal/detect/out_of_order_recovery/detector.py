"""The detector: what is asked of a recovery, against what it did."""

from __future__ import annotations

import dataclasses

import msgspec

from overheal.detect.base import Context, Detector, Documentation, Settings, State, setting
from overheal.detect.out_of_order_recovery.modes import asked_of
from overheal.detect.out_of_order_recovery.trouble import Health
from overheal.model import DAY, HOUR, MICROSECOND, MINUTE, Event, Finding, Tier
from overheal.state.book import Ground
from overheal.state.facts import FAILED, Recovery, outcome_of
from overheal.state.memory import Recent
from overheal.state.moments import Member, member_of
from overheal.state.words import clock, listed, times

ORDER, PATH = "order", "path"
WAITING, OPEN, SEEN = "waiting", "open", "seen"
"""What an alarm is for; its key begins with it."""


@dataclasses.dataclass(frozen=True)
class OrderSettings(Settings):
    """What counts as being in trouble, and for how long."""

    trouble_minutes: float = setting(
        60.0, unit="minutes", bound="inclusive", meaning="trouble that showed this long ago lasts"
    )
    tolerance_seconds: float = setting(
        5.0, unit="seconds", bound="inclusive", meaning="this close together the order is unknown"
    )
    quiet_hours: float = setting(
        2.0, unit="hours", bound="inclusive", meaning="without another one for this long it is over"
    )
    bind_platform: bool = setting(
        False,
        unit="yes or no",
        bound="inclusive",
        meaning="whether the platform's own agents are held too",
    )

    @property
    def tolerance(self) -> int:
        """The tolerance in microseconds."""
        return int(self.tolerance_seconds * MICROSECOND)


class Waiting(msgspec.Struct):
    """A recovery at `at` (microseconds UTC) that is judged once its tolerance is over."""

    subject: str
    environment: str
    service: str
    at: int
    modes: list[str]
    after: list[str]
    member: Member


class Breach(msgspec.Struct):
    """An open finding: which mode was not followed, by whom, how; `asked` is what it asks for."""

    finding: str
    modes: list[str]
    asked: list[str]
    agent: str
    did: str
    at: int
    calm_at: int
    count: int = 0


class OrderState(State):
    """Health of services that others wait for, what is still to be judged, open findings.

    `failed` are the paths of a service that were tried in vain.
    """

    health: dict[str, Health] = msgspec.field(default_factory=dict)
    waiting: dict[str, Waiting] = msgspec.field(default_factory=dict)
    breaches: dict[str, Breach] = msgspec.field(default_factory=dict)
    failed: Recent[int] = msgspec.field(default_factory=lambda: Recent(DAY))


class OutOfOrderRecovery(Detector[OrderSettings, OrderState]):
    """Holds automated recoveries against the failure modes of the catalog."""

    name = "out_of_order_recovery"
    settings_type = OrderSettings
    state_type = OrderState
    heeds_silence = False
    documentation = Documentation(
        question="Do recoveries follow the order and the path that their owners declare?",
        opens="A finding opens when a recovery runs while a service that it has to come `after` is "
        "in trouble and not yet back, or takes another path than its failure mode declares.",
        escalates="It does not escalate: it is actionable from the start.",
        resolves="It resolves when no recovery of the service was out of order, or off its path, "
        "for `quiet_hours`.",
        identity="Two findings are the same when they are about the same service, and both about "
        "the order or both about the path, and opened with the same recovery.",
        blind_to="It does not see services of other scopes, failure modes without a symptom or "
        "under other words than the recovery's condition and signals use, and people.",
    )

    def on_event(self, state: OrderState, event: Event, context: Context) -> None:
        """Note how services are that others have to wait for."""
        awaited = context.owners.predecessors()
        if not awaited or not event.service or not _names(event.service) & awaited:
            return
        key = f"{event.environment}\0{event.service}"
        health = state.health.get(key)
        if health is None:
            health = state.health[key] = Health()
            state.alarms.set(f"{SEEN}\0{key}", event.time + DAY)
        health.take(event)

    def on_recovery(self, state: OrderState, fact: Recovery, context: Context) -> None:
        """Hold a recovery's path against its modes at once, its order a tolerance later."""
        event = fact.event
        entry = context.owners.entry(event.service)
        if entry is None or not entry.failure_modes:
            return
        settings = self.settings(event.environment, event.service)
        asked = asked_of(entry, event)
        if asked is None or (event.agent_kind == "platform" and not settings.bind_platform):
            return
        base = f"{event.environment}\0{event.service}"
        made = Waiting(
            f"{base}\0{ORDER}",
            event.environment,
            event.service,
            fact.at,
            asked.modes,
            asked.after,
            member_of(event, fact.at, event.type),
        )
        tried = any(state.failed.get(f"{base}\0{path}") for path in asked.paths)
        if asked.paths and event.type not in asked.paths and not tried:
            astray = msgspec.structs.replace(made, subject=f"{base}\0{PATH}")
            self._breach(state, astray, asked.paths, event.time, context)
        if asked.after:
            due = fact.at + settings.tolerance + 1
            if due <= event.time:
                self._judge(state, made, event.time, context)
            else:
                key = f"{WAITING}\0{event.source}\0{event.id}"
                state.waiting[key] = made
                state.alarms.set(key, due)

    def on_outcome(self, state: OrderState, event: Event, context: Context) -> None:
        """Note a path that was tried in vain: then another one is not off the path."""
        if not event.recovery or outcome_of(event) != FAILED or not event.service:
            return
        entry = context.owners.entry(event.service)
        if entry is not None and entry.failure_modes:
            key = f"{event.environment}\0{event.service}\0{event.type}"
            state.failed.put(key, 1, event.time)

    def on_alarm(self, state: OrderState, key: str, now: int, context: Context) -> None:
        """Judge what waited, resolve what was quiet, forget who is well."""
        kind, _, name = key.partition("\0")
        if kind == WAITING:
            made = state.waiting.pop(key)
            settings = self.settings(made.environment, made.service)
            self._judge(state, made, made.at + settings.tolerance + 1, context)
        elif kind == SEEN:
            forget_at = state.health[name].told_at + DAY
            if forget_at <= now:
                del state.health[name]
            else:
                state.alarms.set(key, forget_at)
        elif state.breaches[name].calm_at <= now:
            self.close(state, state.breaches[name].finding, state.breaches[name].calm_at, context)
            del state.breaches[name]
        else:
            state.alarms.set(key, state.breaches[name].calm_at)

    def describe(self, state: OrderState, finding: Finding) -> None:
        """Say which recovery did not follow which failure mode, and how."""
        breach = state.breaches[finding.subject]
        kind = finding.subject.rpartition("\0")[2]
        mode = listed(breach.modes)
        finding.evidence |= {
            "breach": kind,
            "failure_modes": breach.modes,
            "declared": breach.asked,
            "recovery": breach.did,
            "breaches": breach.count,
        }
        head = f"{breach.agent} answered {mode} of {finding.service} with {breach.did}"
        if kind == ORDER:
            said = f"before {listed(breach.asked)} was back, which has to come first"
            then = f"Let {breach.agent} wait for {listed(breach.asked)}, and check whether"
            finding.next_step = f"{then} {finding.service} has to be recovered once more."
        else:
            said = f"where {listed(breach.asked)} is declared"
            finding.next_step = (
                f"Find out why {breach.agent} left the declared path, or declare {breach.did} for "
                f"{mode} in the catalog."
            )
        finding.summary = (
            f"{head} at {clock(breach.at)} {said}; {times(breach.count)} since "
            f"{clock(finding.first_at)}."
        )

    def _judge(self, state: OrderState, made: Waiting, now: int, context: Context) -> None:
        settings = self.settings(made.environment, made.service)
        within = int(settings.trouble_minutes * MINUTE)
        down = [
            name
            for name in made.after
            if any(
                health.was_down(made.at, settings.tolerance, within)
                for health in _health_of(state, made, name)
            )
        ]
        if down:
            self._breach(state, made, down, now, context)

    def _breach(
        self, state: OrderState, made: Waiting, asked: list[str], now: int, context: Context
    ) -> None:
        settings = self.settings(made.environment, made.service)
        member, known = made.member, state.breaches.get(made.subject)
        if known is None:
            finding = context.book.open(
                self.name,
                made.subject,
                member.id,
                environment=made.environment,
                service=made.service,
                scope=context.scope,
                first_at=made.at,
                at=now,
            )
        else:
            finding = context.book.findings[known.finding]
        breach = state.breaches[made.subject] = Breach(
            finding.id,
            made.modes,
            asked,
            member.agent,
            member.what,
            made.at,
            max(now, made.at + int(settings.quiet_hours * HOUR), known.calm_at if known else 0),
            1 if known is None else known.count + 1,
        )
        finding.count = breach.count
        context.book.join(finding, [member], now)
        state.alarms.set(f"{OPEN}\0{made.subject}", breach.calm_at)
        context.judge(finding, lambda: [_ground(breach, made.subject)], now)


def _names(service: str) -> set[str]:
    return {service, service.rpartition("/")[2]}


def _health_of(state: OrderState, made: Waiting, name: str) -> list[Health]:
    """Return the health of the services that a catalog name may mean, but the recovered one."""
    found = []
    for key, health in state.health.items():
        environment, _, service = key.partition("\0")
        if environment == made.environment and service != made.service and name in _names(service):
            found.append(health)
    return found


def _ground(breach: Breach, subject: str) -> Ground:
    asked, mode = listed(breach.asked), listed(breach.modes)
    if subject.endswith(ORDER):
        return Ground(Tier.ACTIONABLE, f"{mode} declares {asked} to come first")
    return Ground(Tier.ACTIONABLE, f"{mode} declares {asked}, not {breach.did}")

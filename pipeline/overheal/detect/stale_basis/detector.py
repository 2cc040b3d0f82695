"""The detector: one finding for each field that was written on a stale basis."""

from __future__ import annotations

import dataclasses

import msgspec

from overheal.detect.base import Context, Detector, Documentation, Settings, State, setting
from overheal.detect.stale_basis.basis import (
    KEPT,
    OVERWRITES,
    REMOVES,
    REVERTS,
    Act,
    Basis,
    Clash,
    Effect,
    Effects,
    basis_of,
    place_of,
)
from overheal.model import HOUR, MICROSECOND, MINUTE, Event, Finding, Tier, Value
from overheal.state.book import Ground
from overheal.state.facts import FAILED, outcome_of
from overheal.state.memory import Recent
from overheal.state.moments import Member
from overheal.state.words import clock, shown, span, times

HARM = {
    OVERWRITES: "overwrote a newer value that it did not know of",
    REVERTS: "put back what a newer write had replaced",
    REMOVES: "removed what a newer write uses",
}


@dataclasses.dataclass(frozen=True)
class StaleSettings(Settings):
    """How far clocks may differ, and when it is over."""

    tolerance_seconds: float = setting(
        5.0, unit="seconds", bound="inclusive", meaning="this close together the order is unknown"
    )
    quiet_hours: float = setting(
        2.0, unit="hours", bound="inclusive", meaning="without a stale action this long it is over"
    )
    restored_minutes: float = setting(
        15.0, unit="minutes", bound="inclusive", meaning="restored for this long it is over"
    )

    @property
    def tolerance(self) -> int:
        """The tolerance in microseconds."""
        return int(self.tolerance_seconds * MICROSECOND)


class Stale(msgspec.Struct):
    """One field with an open finding: the last action on a stale basis and what it destroyed."""

    finding: str
    target: str
    field: str
    lost: Value
    kept: Value
    harm: str
    agent: str
    instance: str
    other: str
    other_instance: str
    other_at: int
    observed_at: int | None
    version: str
    at: int
    calm_at: int
    count: int = 0


class StaleState(State):
    """What took effect, which actions have begun, and fields with an open finding."""

    effects: Effects = msgspec.field(default_factory=Effects)
    begun: Recent[Basis] = msgspec.field(default_factory=lambda: Recent(KEPT))
    stale: dict[str, Stale] = msgspec.field(default_factory=dict)


class StaleBasis(Detector[StaleSettings, StaleState]):
    """Holds what an action observed against what others did before it took effect."""

    name = "stale_basis"
    settings_type = StaleSettings
    state_type = StaleState
    phases = frozenset({"started"})
    documentation = Documentation(
        question="Does automation act on a view of the world that is no longer true?",
        opens="A finding opens when an action takes effect that observed its field before somebody "
        "else, or another instance of its own agent, wrote a different value there.",
        escalates="It becomes critical when such an action puts the older value back, or removes "
        "what the newer one uses.",
        resolves="It resolves once the lost value has stood again for `restored_minutes`, or when "
        "there was no stale action for `quiet_hours`.",
        identity="Two findings are the same when they are about the same target and field and "
        "opened with the same stale action.",
        blind_to="It does not see actions that say neither when nor in which version they observed "
        "the world, effects that nobody reports as finished, and what is older than a day.",
    )

    def on_event(self, state: StaleState, event: Event, context: Context) -> None:  # noqa: ARG002
        """Note on what an action is based that begins."""
        if event.phase != "started" or event.target is None or event.witness_of:
            return
        basis = basis_of(event, None)
        if event.new is not None or basis.observed_at is not None or basis.version:
            state.begun.put(event.action_id, basis, event.time)

    def on_outcome(self, state: StaleState, event: Event, context: Context) -> None:
        """Hold an action that took effect against the effects it cannot have known of."""
        if event.phase != "finished" or event.target is None:
            return
        begun = state.begun.get(event.action_id)
        basis = basis_of(event, begun)
        if begun is not None:
            state.begun.drop(event.action_id)
        removes = event.type == "cleanup" or (basis.field == "exists" and basis.new is False)
        if outcome_of(event) == FAILED or (basis.new is None and not removes):
            return
        key = place_of(event)
        if state.effects.knows(key, basis.field, event.action_id):
            return
        if state.stale:
            self._restored(state, f"{key}\0{basis.field}", basis.new, event)
        says = basis.observed_at is not None or basis.version != ""
        if says and event.agent_kind != "human":
            settings = self.settings(event.environment, event.service)
            clash = state.effects.clash(key, Act(event, basis, removes), settings.tolerance)
            if clash is not None:
                self._take(
                    state, f"{key}\0{basis.field}", Act(event, basis, removes), clash, context
                )
        effect = Effect(
            at=event.time,
            id=event.id,
            action=event.action_id,
            agent=event.agent,
            instance=basis.instance,
            old=basis.old,
            value=basis.new,
            version=basis.version,
            correlation=basis.correlation,
            removes=removes,
        )
        state.effects.add(key, basis.field, effect, event.environment)

    def on_alarm(self, state: StaleState, key: str, now: int, context: Context) -> None:
        """Resolve what is restored, or has been quiet for long enough."""
        stale = state.stale.get(key)
        if stale is None:
            return
        if stale.calm_at <= now:
            self.close(state, stale.finding, stale.calm_at, context)
            del state.stale[key]
        else:
            state.alarms.set(key, stale.calm_at)

    def describe(self, state: StaleState, finding: Finding) -> None:
        """Say who acted on what, and what had happened in the meantime."""
        stale = state.stale[finding.subject]
        who, other = _named(stale.agent, stale.instance), _named(stale.other, stale.other_instance)
        finding.evidence |= {
            "target": stale.target,
            "field": stale.field,
            "harm": stale.harm,
            "agent": who,
            "newer_by": other,
            "newer_at": stale.other_at,
            "newer_value": stale.lost,
            "written": stale.kept,
            "observed_at": stale.observed_at,
            "observed_version": stale.version,
            "took_effect_at": stale.at,
            "stale_actions": stale.count,
        }
        if stale.observed_at is not None:
            late = (stale.at - stale.observed_at) / MICROSECOND
            finding.evidence["basis_age_seconds"] = late
            known = f"what it had observed {span(late)} earlier"
        else:
            known = f"version {shown(stale.version)}"
        what = f"{stale.field} of {stale.target}" if stale.field else stale.target
        again = f" ({times(stale.count)} by now)" if stale.count > 1 else ""
        if stale.harm == REMOVES:
            did = f"removed {stale.target}"
        else:
            did = f"set {what} to {shown(stale.kept)}"
        finding.summary = (
            f"{who} {did} on the basis of {known}{again}, although {other} had written "
            f"{shown(stale.lost)} at {clock(stale.other_at)}."
        )
        finding.next_step = (
            f"Check whether {shown(stale.lost)} has to be restored, and let {stale.agent} compare "
            "what it observed with what is there right before it writes."
        )

    def _restored(self, state: StaleState, key: str, value: Value, event: Event) -> None:
        stale = state.stale.get(key)
        if stale is None or stale.harm == REMOVES or value != stale.lost:
            return
        settings = self.settings(event.environment, event.service)
        calm_at = event.time + int(settings.restored_minutes * MINUTE)
        if calm_at < stale.calm_at:
            stale.calm_at = calm_at
            state.alarms.set(key, calm_at)

    def _take(
        self,
        state: StaleState,
        key: str,
        act: Act,
        clash: Clash,
        context: Context,
    ) -> None:
        event, basis = act.event, act.basis
        known, newer = state.stale.get(key), clash.effect
        settings = self.settings(event.environment, event.service)
        calm_at = event.time + int(settings.quiet_hours * HOUR)
        members = [_member(event.time, event, basis.field, basis.new)]
        if known is None:
            finding = context.book.open(
                self.name,
                key,
                event.id,
                environment=event.environment,
                service=event.service,
                scope=context.scope,
                first_at=newer.at,
                at=event.time,
            )
            if not event.service and event.target is not None:
                finding.title = event.target.name
            what = f"{clash.field} = {shown(newer.value)}"
            members.insert(0, Member(newer.at, newer.id, newer.agent, what, ""))
        else:
            finding = context.book.findings[known.finding]
        state.stale[key] = Stale(
            finding=finding.id,
            target=str(event.target),
            field=basis.field,
            lost=newer.value,
            kept=basis.new,
            harm=clash.harm,
            agent=event.agent,
            instance=basis.instance,
            other=newer.agent,
            other_instance=newer.instance,
            other_at=newer.at,
            observed_at=basis.observed_at,
            version=basis.version,
            at=event.time,
            calm_at=calm_at,
            count=1 if known is None else known.count + 1,
        )
        finding.count = state.stale[key].count
        context.book.join(finding, members, event.time)
        state.alarms.set(key, calm_at)
        context.judge(finding, lambda: [_ground(clash)], event.time)


def _ground(clash: Clash) -> Ground:
    tier = Tier.ACTIONABLE if clash.harm == OVERWRITES else Tier.CRITICAL
    return Ground(tier, f"an action on a stale basis {HARM[clash.harm]}")


def _member(at: int, event: Event, field: str, value: Value) -> Member:
    what = f"{field} = {shown(value)}" if value is not None else event.type
    return Member(at, event.id, event.agent, what, event.outcome)


def _named(agent: str, instance: str) -> str:
    return f"{agent} ({instance})" if instance else agent

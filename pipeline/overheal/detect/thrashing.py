"""`thrashing`: one field, or one observed state, that goes back and forth."""

from __future__ import annotations

import dataclasses

import msgspec

from overheal.detect.base import Context, Detector, Documentation, Settings, State, setting
from overheal.model import DAY, HOUR, MICROSECOND, Event, Finding, Tier, Value
from overheal.state.book import Ground
from overheal.state.memory import Recent
from overheal.state.moments import Member
from overheal.state.series import TIDYING, FieldSeries, First, Step
from overheal.state.turns import TURNS_KEPT
from overheal.state.words import clock, listed, shown, span, times
from overheal.state.writes import Write, wants_of

FLIPPING_KINDS = frozenset({"symptom", "change"})
SEEN = "\0seen"
"""Sets a state that is observed apart from a field of the same name that is written."""

TURNS_SURE = TURNS_KEPT * 9 // 10
"""So many reversals of one field are remembered for sure."""

STILL = DAY
"""A field that nobody has written or seen for this long starts afresh."""


@dataclasses.dataclass(frozen=True)
class ThrashingSettings(Settings):
    """How many reversals in how long."""

    reversals: int = setting(
        3,
        unit="reversals",
        bound="inclusive",
        meaning="this many in the window open a finding",
        most=TURNS_SURE,
    )
    critical_reversals: int = setting(
        12,
        unit="reversals",
        bound="inclusive",
        meaning="this many in the window are critical",
        most=TURNS_SURE,
    )
    window_hours: float = setting(
        6.0, unit="hours", bound="inclusive", meaning="length of the rolling window"
    )

    @property
    def window(self) -> int:
        """The window in microseconds."""
        return int(self.window_hours * HOUR)


class Field(msgspec.Struct):
    """One target's field, and its open finding; `total` counts reversals since it opened."""

    series: FieldSeries
    name: str
    target: str
    environment: str
    service: str
    observed: bool
    seen_at: int = 0
    finding: str = ""
    total: int = 0


class ThrashingState(State):
    """Fields by environment, target and field name, and those of which one write is known."""

    fields: dict[str, Field] = msgspec.field(default_factory=dict)
    firsts: Recent[First] = msgspec.field(default_factory=lambda: Recent(STILL))


class Thrashing(Detector[ThrashingSettings, ThrashingState]):
    """Counts reversals of fields that agents write and of states that are observed."""

    name = "thrashing"
    settings_type = ThrashingSettings
    state_type = ThrashingState
    documentation = Documentation(
        question="Does something go back and forth without getting anywhere?",
        opens="The `reversals`-th reversal of one target's field within `window_hours` opens a "
        "finding.",
        escalates="It becomes critical at `critical_reversals` in the window, or when users feel "
        "it.",
        resolves="It resolves once fewer than `reversals` reversals are left in the window.",
        identity="Two findings are the same when they are about the same target and field and "
        "opened with the same first reversal of the window.",
        blind_to="It does not see values that nobody reports, measured numbers, what clean-up "
        "writes, swings slower than the window, and what stood still for a day in between.",
    )

    def on_change(self, state: ThrashingState, event: Event, context: Context) -> None:
        """Take one written value."""
        if event.type not in TIDYING:
            self._take(state, event, context, observed=False)

    def on_observed(self, state: ThrashingState, event: Event, context: Context) -> None:
        """Take one observed state."""
        if event.type in FLIPPING_KINDS and _is_state(event.new):
            self._take(state, event, context, observed=True)

    def on_alarm(self, state: ThrashingState, key: str, now: int, context: Context) -> None:
        """Resolve what has kept still for the window, forget what has for a day."""
        field = state.fields[key]
        if field.finding and self._calm_at(field) <= now:
            self.close(state, field.finding, self._calm_at(field), context)
            field.finding = ""
        settings = self.settings(field.environment, field.service)
        still_at = field.seen_at + max(STILL, settings.window)
        if field.finding:
            state.alarms.set(key, self._calm_at(field))
        elif still_at > now:
            state.alarms.set(key, still_at)
        else:
            del state.fields[key]

    def describe(self, state: ThrashingState, finding: Finding) -> None:
        """Say what goes to and fro, between what, how often, and who wants what."""
        field = state.fields[finding.subject]
        settings = self.settings(finding.environment, field.service)
        writes = field.series.writes.shown()
        finding.evidence |= {
            "field": field.name,
            "reversals": field.total,
            "reversals_in_window": len(field.series.reversals),
            "threshold": settings.reversals,
            "critical_at": settings.critical_reversals,
        }
        values = list(dict.fromkeys(shown(value) for _, _, value in writes))[-4:]
        if field.observed:
            finding.evidence["states"] = [
                {"at": at, "state": shown(value)} for at, _, value in writes
            ]
            what = f"{field.target} flips between {listed(values)} ({field.name})"
            finding.next_step = (
                f"Treat {field.target} as one unstable thing, not as many recoveries: take it out "
                "of use or repair it, and look at what changed before the first flip."
            )
        else:
            finding.evidence["values"] = [
                {"at": at, "agent": agent, "value": value} for at, agent, value in writes
            ]
            finding.evidence["wants"] = wants_of(writes)
            what = f"{field.name} of {field.target} goes back and forth between {listed(values)}"
            finding.next_step = (
                f"Find who else writes {field.name} of {field.target}, "
                "and give the field one owner."
            )
        pauses = _pauses(field.series)
        finding.evidence["pauses_seconds"] = [round(pause, 1) for pause in pauses[-50:]]
        faster = ""
        if _shrinking(pauses):
            faster = (
                f", faster and faster: pauses fell from {span(pauses[0])} to {span(pauses[-1])}"
            )
        finding.summary = (
            f"{what}: it turned back {times(field.total)} since {clock(finding.first_at)}{faster}."
        )

    def _take(
        self, state: ThrashingState, event: Event, context: Context, *, observed: bool
    ) -> None:
        target = event.target
        if target is None:
            return
        key = (
            f"{event.environment}\0{target.kind}\0{target.cluster}\0{target.region}\0"
            f"{target.namespace}\0{target.name}\0{event.field}{SEEN if observed else ''}"
        )
        write = Write(event.time, event.id, event.agent, event.new, event.outcome)
        field = state.fields.get(key)
        if field is None:
            field = _second(state, key, write, event, observed=observed)
            if field is None:
                return
        settings = self.settings(event.environment, field.service)
        field.seen_at = event.time
        series = field.series
        if series.stands(event.new):
            return
        series.forget_before(event.time - settings.window)
        step = series.write(write, event.trigger)
        if field.finding:
            finding = context.book.findings[field.finding]
            members = [_member(field, write)]
            field.total += step is Step.REVERSAL
        elif step is Step.REVERSAL and len(series.reversals) >= settings.reversals:
            at, opening = series.reversals.at(0), series.reversals.first
            finding = context.book.open(
                self.name,
                key,
                opening,
                environment=event.environment,
                service=event.service,
                scope=context.scope,
                first_at=at,
                at=event.time,
            )
            finding.title = event.service or target.name or str(target)
            field.finding, field.total = finding.id, len(series.reversals)
            members = [_member(field, write) for write in series.writes.all() if write.id]
        else:
            return
        context.book.join(finding, members, event.time)
        finding.count = field.total
        state.alarms.set(key, self._calm_at(field))
        context.judge(finding, lambda: _grounds(len(series.reversals), settings), event.time)

    def _calm_at(self, field: Field) -> int:
        """Return when fewer reversals than an open finding needs are left in the window."""
        settings = self.settings(field.environment, field.service)
        return field.series.reversals.at(-settings.reversals) + settings.window


def _second(
    state: ThrashingState, key: str, write: Write, event: Event, *, observed: bool
) -> Field | None:
    """Return a field at its second value; while there is only one, remember that and nothing else.

    Of repeated writes of that one value the newest is kept.
    """
    first = state.firsts.get(key)
    if first is None or first.write.at + STILL <= event.time:
        state.firsts.put(key, First(write, event.old), event.time)
        return None
    if first.write.value == write.value:
        state.firsts.put(key, First(write, first.old), event.time)
        return None
    state.firsts.drop(key)
    state.alarms.set(key, event.time + STILL)
    state.fields[key] = field = Field(
        FieldSeries.after(first),
        event.field,
        str(event.target),
        event.environment,
        event.service,
        observed,
    )
    return field


def _is_state(value: Value) -> bool:
    """Whether an observed value is a state rather than a measurement, which moves by nature."""
    return not isinstance(value, int | float) or value in (0, 1)


def _member(field: Field, write: Write) -> Member:
    what = f"{field.name} = {shown(write.value)}"
    return Member(write.at, write.id, write.agent, what, write.outcome)


def _grounds(count: int, settings: ThrashingSettings) -> list[Ground]:
    hours = f"{settings.window_hours:g} h"
    found = [Ground(Tier.ACTIONABLE, f"{count} reversals in {hours} reach {settings.reversals}")]
    if count >= settings.critical_reversals:
        limit = settings.critical_reversals
        found.append(Ground(Tier.CRITICAL, f"{count} reversals in {hours} reach {limit}"))
    return found


def _pauses(series: FieldSeries) -> list[float]:
    """Return the seconds from each reversal to the next but one: whole swings to and fro."""
    turns = series.reversals.all_at()
    return [(later - early) / MICROSECOND for early, later in zip(turns, turns[2:], strict=False)]


def _shrinking(pauses: list[float]) -> bool:
    """Whether whole swings clearly get shorter: the last third is less than half the first."""
    third = len(pauses) // 3
    return third >= 2 and sum(pauses[-third:]) * 2 < sum(pauses[:third])

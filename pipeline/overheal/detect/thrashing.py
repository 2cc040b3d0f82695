"""`thrashing`: one field, or one observed state, that goes back and forth."""

from __future__ import annotations

import dataclasses

import msgspec

from overheal.detect.base import NEVER, Context, Detector, Documentation, Settings, State, setting
from overheal.model import HOUR, MICROSECOND, Event, Tier
from overheal.state.book import Ground, note_moment, wants_of
from overheal.state.series import FieldSeries
from overheal.state.words import clock, listed, shown, span, times

FLIPPING_KINDS = frozenset({"symptom", "change"})


@dataclasses.dataclass(frozen=True)
class ThrashingSettings(Settings):
    """How many reversals in how long."""

    reversals: int = setting(
        3, unit="reversals", bound="inclusive", meaning="this many in the window open a finding"
    )
    critical_reversals: int = setting(
        12, unit="reversals", bound="inclusive", meaning="this many in the window are critical"
    )
    window_hours: float = setting(
        6.0, unit="hours", bound="inclusive", meaning="length of the rolling window"
    )


class Field(msgspec.Struct):
    """One target's field, and its open finding."""

    series: FieldSeries
    environment: str
    service: str
    observed: bool
    finding: str = ""
    total: int = 0
    due: int = NEVER


class ThrashingState(State):
    """Fields by environment, target and field name."""

    fields: dict[str, Field] = {}


class Thrashing(Detector[ThrashingSettings, ThrashingState]):
    """Counts reversals of fields that agents write and of states that are observed."""

    name = "thrashing"
    settings_type = ThrashingSettings
    state_type = ThrashingState
    documentation = Documentation(
        question="Does something go back and forth without getting anywhere?",
        opens="on the `reversals`-th reversal of one target's field within `window_hours`",
        escalates="critical at `critical_reversals` in the window, or when users feel it",
        resolves="once fewer than `reversals` reversals are left in the window",
        identity="target and field, and the first reversal of the window that opened it",
        blind_to="values that nobody reports; slow swings of more than the window",
    )

    def on_change(self, state: ThrashingState, event: Event, context: Context) -> None:
        """Take one written value."""
        self._take(state, event, context, observed=False)

    def on_observed(self, state: ThrashingState, event: Event, context: Context) -> None:
        """Take one observed state."""
        if event.type in FLIPPING_KINDS:
            self._take(state, event, context, observed=True)

    def on_time(self, state: ThrashingState, now: int, context: Context) -> None:
        """Resolve what has kept still."""
        state.due = NEVER
        for field in state.fields.values():
            if field.finding and field.due <= now:
                context.book.resolve(field.finding, field.due)
                field.finding, field.due, field.total = "", NEVER, 0
            state.due = min(state.due, field.due)

    def _take(
        self, state: ThrashingState, event: Event, context: Context, *, observed: bool
    ) -> None:
        target = event.target
        if target is None:
            return
        subject = (
            f"{event.environment}\0{target.kind}\0{target.cluster}\0{target.region}\0"
            f"{target.namespace}\0{target.name}\0{event.field}"
        )
        field = state.fields.get(subject)
        if field is None:
            field = state.fields[subject] = Field(
                FieldSeries(), event.environment, event.service, observed
            )
            field.series.start_from(event.old, event.time, event.id)
        settings = self.settings(event.environment, event.service)
        window = int(settings.window_hours * HOUR)
        field.series.forget_before(event.time - window)
        reversal = field.series.write(
            event.time, event.id, event.agent, event.new, event.trigger
        )
        if field.finding or (reversal and len(field.series.reversals) >= settings.reversals):
            self._report(state, field, subject, event, context, reversal=reversal)

    def _report(
        self,
        state: ThrashingState,
        field: Field,
        subject: str,
        event: Event,
        context: Context,
        *,
        reversal: bool,
    ) -> None:
        settings = self.settings(event.environment, event.service)
        series, book = field.series, context.book
        if field.finding:
            finding = book.findings[field.finding]
            members = [event.id]
            field.total += reversal
        else:
            opening = series.reversals[0]
            finding = book.open(
                self.name, subject, opening.id, event=event, first_at=opening.at, scope=context.scope
            )
            field.finding, field.total = finding.id, len(series.reversals)
            members = list(dict.fromkeys(write.id for write in series.writes))
        book.join(finding, members, event.time)
        window = int(settings.window_hours * HOUR)
        if len(series.reversals) >= settings.reversals:
            field.due = series.reversals[-settings.reversals].at + window
            state.due = min(state.due, field.due)
        name = str(event.target)
        finding.title = event.service or (event.target.name if event.target else name)
        finding.count = field.total
        wants = wants_of(series.writes)
        finding.agents = sorted(set(finding.agents) | set(wants))
        count = len(series.reversals)
        note_moment(finding, event, f"{event.field} = {shown(event.new)}")
        finding.evidence.update(
            field=event.field,
            reversals=field.total,
            reversals_in_window=count,
            threshold=settings.reversals,
            critical_at=settings.critical_reversals,
        )
        values = list(dict.fromkeys(shown(write.value) for write in series.writes))[-4:]
        if field.observed:
            finding.evidence["states"] = [
                {"at": write.at, "state": shown(write.value)} for write in series.writes
            ]
            what = f"{name} flips between {listed(values)} ({event.field})"
            finding.next_step = (
                f"Treat {name} as one unstable thing, not as many recoveries: take it out of use "
                "or repair it, and look at what changed before the first flip."
            )
        else:
            finding.evidence["values"] = [
                {"at": write.at, "agent": write.agent, "value": write.value}
                for write in series.writes
            ]
            finding.evidence["wants"] = wants
            what = f"{event.field} of {name} goes back and forth between {listed(values)}"
            finding.next_step = (
                f"Find who else writes {event.field} of {name}, and give the field one owner."
            )
        pauses = _pauses(series)
        finding.evidence["pauses_seconds"] = [round(pause, 1) for pause in pauses[-50:]]
        faster = ""
        if _shrinking(pauses):
            faster = f", faster and faster: pauses fell from {span(pauses[0])} to {span(pauses[-1])}"
        finding.summary = (
            f"{what}: it turned back {times(field.total)} since {clock(finding.first_at)}{faster}."
        )
        grounds = [
            Ground(
                Tier.ACTIONABLE,
                f"{count} reversals in {settings.window_hours:g} h reach {settings.reversals}",
            )
        ]
        if count >= settings.critical_reversals:
            grounds.append(
                Ground(
                    Tier.CRITICAL,
                    f"{count} reversals in {settings.window_hours:g} h "
                    f"reach {settings.critical_reversals}",
                )
            )
        context.judge(finding, grounds, event.time)


def _pauses(series: FieldSeries) -> list[float]:
    """Return the seconds from each reversal to the next but one: whole swings to and fro."""
    turns = [write.at for write in series.reversals]
    return [(later - early) / MICROSECOND for early, later in zip(turns, turns[2:], strict=False)]


def _shrinking(pauses: list[float]) -> bool:
    """Whether whole swings clearly get shorter: the last third is less than half the first."""
    third = len(pauses) // 3
    return third >= 2 and sum(pauses[-third:]) * 2 < sum(pauses[:third])

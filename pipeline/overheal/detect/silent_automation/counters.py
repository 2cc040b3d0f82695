"""The scope stage: counters that moved more than events say."""

from __future__ import annotations

from functools import partial

import msgspec

from overheal.detect.base import Context, Detector, Documentation, State
from overheal.detect.silent_automation.settings import SilentSettings
from overheal.model import DAY, HOUR, MINUTE, Event, Finding, Target, Tier
from overheal.state.book import Ground
from overheal.state.memory import RecentKeys
from overheal.state.moments import Member
from overheal.state.readings import Hour, Ledger, interval
from overheal.state.words import clock, percent, span

MOVED_BY: dict[str, frozenset[str]] = {
    "restartCount": frozenset({"restart"}),
    "generation": frozenset({"scale", "deploy", "config_change", "rollback", "failover"}),
}
"""Counters that are compared with events, and the types of action that move them."""

KINDS = {kind for kinds in MOVED_BY.values() for kind in kinds}
CONTAINER = "kubernetes.container"
SETTLE = 10 * MINUTE
"""An hour is judged so long after its end: an event may tell what a reading showed before."""

FORGET = 7 * DAY
COUNTERS_KEPT = 5_000


class Watched(msgspec.Struct):
    """One service's counters of one kind, by whom their moves were told, and its open finding.

    `judged` is the end of the last hour that was judged, 0 while there is nothing to judge;
    `moved`, `seen`, `since`, `until` are what the finding covers, the totals all ever judged.
    """

    service: str
    environment: str
    ledger: Ledger
    told_by: dict[str, int] = {}
    reporter: str = ""
    read_at: int = 0
    finding: str = ""
    judged: int = 0
    moved: int = 0
    seen: int = 0
    since: int = 0
    until: int = 0
    total_moved: int = 0
    total_seen: int = 0


class SilentCountersState(State):
    """Watched counters by environment, service and kind, and the actions that were counted."""

    watched: dict[str, Watched] = msgspec.field(default_factory=dict)
    actions: RecentKeys = msgspec.field(default_factory=lambda: RecentKeys(6 * HOUR))
    counters: int = 0


class SilentAutomation(Detector[SilentSettings, SilentCountersState]):
    """Compares what counters moved with what events say."""

    name = "silent_automation"
    settings_type = SilentSettings
    state_type = SilentCountersState
    documentation = Documentation(
        question="Did more happen than events say?",
        opens="A finding opens when `restartCount` or `generation` of a service's targets moved in "
        "`window_hours` more than events say: by `missing` occurrences or more, and by `share` of "
        "all moves or more.",
        escalates="It does not escalate: missing events are no harm in themselves, they hide harm.",
        resolves="It resolves after an hour at whose end the window no longer misses that many.",
        identity="Two findings are the same when they are about the same service and counter and "
        "opened with the same reading.",
        blind_to="It does not see what moves while a counter begins anew, between the last reading "
        "of a target and its end, counters that are never read twice, and what comes after the "
        f"first {COUNTERS_KEPT:,} counters of a scope.",
    )

    def on_event(self, state: SilentCountersState, event: Event, context: Context) -> None:
        """Take a reading, or an action on what is read."""
        if event.phase:
            if state.watched and event.type in KINDS and not event.witness_of:
                self._act(state, event)
        elif event.type == "counter" and event.field in MOVED_BY and event.target is not None:
            self._read(state, event, event.target, context)

    def on_alarm(self, state: SilentCountersState, key: str, now: int, context: Context) -> None:
        """Judge the hours that are over; forget what is not read any more."""
        watched = state.watched[key]
        if not watched.judged:
            forget_at = watched.read_at + FORGET
            if forget_at > now:
                state.alarms.set(key, forget_at)
                return
            state.counters -= len(watched.ledger.counters)
            del state.watched[key]
            return
        end = watched.judged + HOUR
        self._judge(state, key, end, context)
        settings = self.settings(watched.environment, watched.service)
        watched.ledger.forget_before(end - settings.window)
        going_on = watched.ledger.hours or watched.finding
        watched.judged = end if going_on else 0
        state.alarms.set(key, end + HOUR + SETTLE if going_on else watched.read_at + FORGET)

    def describe(self, _state: SilentCountersState, finding: Finding) -> None:
        """Say how much of what happened was seen, and how sure that is."""
        found, about = finding.evidence, finding.evidence["agent"]
        kind, moved, agent = found["counter"], found["moved"], about["agent"]
        finding.agents = [agent]
        others = ""
        if about["services"] > 1:
            others = (
                f" Of what {agent} does for {about['services']} services here, "
                f"{percent(about['share'])} was seen."
            )
        lasted = span((found["until_at"] - found["from_at"]) / 1e6)
        finding.summary = (
            f"{kind} of {finding.service} moved by {moved:,} from {clock(found['from_at'])} on "
            f"({lasted}), events tell of {found['seen']:,}: "
            f"{percent(found['share'])} seen ({percent(found['share_low'])} to "
            f"{percent(found['share_high'])})."
            f"{others}"
        )
        finding.next_step = (
            f"Find out where the events of {finding.service} get lost between {agent} and here; "
            "until then its counts of this time are too low."
        )

    @staticmethod
    def _read(state: SilentCountersState, event: Event, target: Target, context: Context) -> None:
        value = event.new
        if not isinstance(value, int | float) or not event.service:
            return
        key = f"{event.environment}\0{event.service}\0{event.field}"
        watched = state.watched.get(key)
        if watched is None:
            watched = Watched(event.service, event.environment, Ledger(kind=event.field))
            state.watched[key] = watched
            state.alarms.set(key, event.time + FORGET)
        ledger, name, known = watched.ledger, _name(target, event), len(watched.ledger.counters)
        counter = ledger.counters.get(name)
        if counter is None and state.counters >= COUNTERS_KEPT:
            return
        if counter is not None and context.owners.in_drill(event, counter.at):
            del ledger.counters[name]
        uid = event.detail.uid if event.detail is not None else ""
        watched.reporter, watched.read_at = event.agent or event.source, event.time
        hour = ledger.read(name, value, event.time, uid, (event.id, watched.reporter))
        state.counters += len(ledger.counters) - known
        if hour is not None and not watched.judged:
            watched.judged = hour.start
            state.alarms.set(key, hour.start + HOUR + SETTLE)

    def _act(self, state: SilentCountersState, event: Event) -> None:
        """Count an action once, when it started, or ended less its duration."""
        if event.phase not in ("started", "finished") or not event.service:
            return
        for kind, types in MOVED_BY.items():
            key = f"{event.environment}\0{event.service}\0{kind}"
            watched = state.watched.get(key) if event.type in types else None
            if watched is None or state.actions.get(f"{kind}\0{event.action_id}") is not None:
                continue
            state.actions.put(f"{kind}\0{event.action_id}", 1, event.time)
            at = event.time
            if event.phase == "finished" and event.duration:
                at -= int(event.duration * 1_000_000)
            self._tell(watched, event, at)

    @staticmethod
    def _tell(watched: Watched, event: Event, at: int) -> None:
        """Tell the counter that an action moved; where it names none, any of the service."""
        ledger, target = watched.ledger, event.target
        names = [_name(target, event), _name(target, None)] if target is not None else []
        told = any(ledger.tell(name, at, event.count) for name in names)
        if not told:
            kind = f"{target.kind}\0" if target is not None else "\0"
            like = any(name.startswith(kind) for name in ledger.counters)
            if like or not ledger.counters:
                return
            ledger.tell(max(ledger.counters), at, event.count)
        watched.told_by[event.agent] = watched.told_by.get(event.agent, 0) + event.count
        if len(watched.told_by) > 50:
            del watched.told_by[
                min(watched.told_by, key=lambda name: (watched.told_by[name], name))
            ]

    def _judge(self, state: SilentCountersState, key: str, end: int, context: Context) -> None:
        """Judge the window that ends with the hour that ends at `end`."""
        watched = state.watched[key]
        settings = self.settings(watched.environment, watched.service)
        hours = watched.ledger.between(end - HOUR - settings.window, end)
        moved, seen = sum(hour.moved for hour in hours), sum(hour.seen for hour in hours)
        over = moved - seen >= max(settings.missing, settings.share * moved)
        newest = [hour for hour in hours if hour.start + HOUR == end]
        for hour in newest:
            watched.total_moved += hour.moved
            watched.total_seen += hour.seen
        if watched.finding and over:
            self._grow(state, watched, newest, end, context)
        elif watched.finding:
            self.close(state, watched.finding, end, context)
            watched.finding = ""
        elif over:
            self._open(state, key, hours, end, context)

    def _open(
        self, state: SilentCountersState, key: str, hours: list[Hour], end: int, context: Context
    ) -> None:
        watched = state.watched[key]
        settings = self.settings(watched.environment, watched.service)
        readings = [reading for hour in hours for reading in hour.readings]
        first_at = min(hour.first_at for hour in hours)
        finding = context.book.open(
            self.name,
            key,
            readings[0][1],
            environment=watched.environment,
            service=watched.service,
            scope=context.scope,
            first_at=first_at,
            at=end,
        )
        watched.finding, watched.since = finding.id, first_at
        watched.moved = watched.seen = 0
        self._grow(state, watched, hours, end, context)
        reason = (
            f"{watched.moved - watched.seen} of {watched.moved} moves without an event reach "
            f"{settings.missing} and {percent(settings.share)}"
        )
        context.judge(finding, partial(list, [Ground(Tier.ACTIONABLE, reason)]), end)

    def _grow(
        self,
        state: SilentCountersState,
        watched: Watched,
        hours: list[Hour],
        end: int,
        context: Context,
    ) -> None:
        """Let a finding cover more hours."""
        finding = context.book.findings[watched.finding]
        members = []
        for hour in hours:
            watched.moved += hour.moved
            watched.seen += hour.seen
            watched.until = max(watched.until, hour.last_at)
            what = f"{watched.ledger.kind} +{hour.moved}, {hour.seen} seen"
            members += [Member(at, ident, who, what, "") for at, ident, who in hour.readings[:1]]
        finding.count = max(watched.moved - watched.seen, 1)
        finding.evidence |= {**_evidence(watched), "agent": _agent_of(state, watched)}
        if hours:
            context.book.join(finding, members, end)


def _name(target: Target, event: Event | None) -> str:
    """Return what makes two counters of a kind the same one."""
    container = event.labels.get(CONTAINER, "") if event is not None else ""
    place = f"{target.cluster}\0{target.region}\0{target.namespace}\0{target.name}"
    return f"{target.kind}\0{place}\0{container}"


def _teller(watched: Watched) -> str:
    """Return who told most of a service's moves; where nobody did, who reads its counters."""
    if not watched.told_by:
        return watched.reporter
    return min(watched.told_by, key=lambda name: (-watched.told_by[name], name))


def _evidence(watched: Watched) -> dict[str, object]:
    """Return the numbers of a finding: what was seen of what moved, and when."""
    seen, moved = min(watched.seen, watched.moved), watched.moved
    low, high = interval(seen, moved)
    return {
        "counter": watched.ledger.kind,
        "seen": watched.seen,
        "moved": moved,
        "share": round(seen / moved, 4),
        "share_low": round(low, 4),
        "share_high": round(high, 4),
        "missing": moved - seen,
        "from_at": watched.since,
        "until_at": watched.until,
    }


def _agent_of(state: SilentCountersState, watched: Watched) -> dict[str, object]:
    """Return how much was seen of all that one agent does for the services of this scope."""
    agent = _teller(watched)
    ours = [
        other
        for other in state.watched.values()
        if other.ledger.kind == watched.ledger.kind and _teller(other) == agent
    ]
    moved = sum(other.total_moved for other in ours)
    seen = min(sum(other.total_seen for other in ours), moved)
    share = round(seen / moved, 4) if moved else 1.0
    return {
        "agent": agent,
        "services": len(ours),
        "seen": seen,
        "moved": moved,
        "share": share,
    }

"""Every KPI a second time, in plain Python over all events, as docs/kpis.md defines them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from overheal.model import DAY, HOUR, MICROSECOND, MINUTE, Finding, Tier
from overheal.report.kpis import wilson
from overheal.store import KpiReading, Restatement, StoredEvent

GAP = 15 * MINUTE
RANK = {"rejected": 3, "started": 4, "finished": 5, "verified": 6}
OVER = {"resolved", "ok", "inactive", "closed", "cleared", "normal", "healthy"}
Signal = tuple[str, str, int, str, bool, bool, bool]
Readings = dict[tuple[str, str], KpiReading]


class Asked(NamedTuple):
    start: int
    end: int
    as_of: int
    service: str = ""
    environment: str = ""
    alone: tuple[str, str] | None = None
    """One environment and service, by its full name."""

    def names(self, environment: str, service: str) -> bool:
        if self.alone is not None:
            return self.alone == (environment, service)
        named = self.service in ("", service) or service.endswith("/" + self.service)
        return named and self.environment in ("", environment)


class History(NamedTuple):
    rows: Sequence[StoredEvent]
    restatements: Sequence[Restatement]
    findings: Sequence[Finding]
    needs: Mapping[str, Sequence[str]] = {}
    """By a service's name in the catalog all that it depends on."""


class Known(NamedTuple):
    environment: str
    service: str
    action_id: str
    agent: str
    human: bool
    at: int
    recovery: bool
    begun: bool
    count: int
    over: bool
    ended: int | None
    outcome: str
    verified: bool
    duration: int | None
    replicas: float | None
    policy: str
    level: int
    unneeded: bool


class Episode(NamedTuple):
    environment: str
    service: str
    human: bool
    recoveries: int
    since: int
    symptom: bool
    recovered_at: int
    recovered: bool
    unknown: bool
    open: bool
    felt: bool
    told: bool
    connected: bool


def known_actions(history: History, asked: Asked) -> list[Known]:
    grouped: dict[tuple[str, str, str], list[StoredEvent]] = defaultdict(list)
    for row in history.rows:
        event = row.event
        inside = asked.start - DAY <= event.time < asked.end + DAY and event.time <= asked.as_of
        named = asked.names(event.environment, event.service)
        if event.phase in RANK and not event.witness_of and inside and named:
            grouped[event.environment, event.service, event.action_id].append(row)
    disproved = {
        (one.environment, one.service, one.action_id)
        for one in history.restatements
        if not one.withdrawn and one.decided_at <= asked.as_of
    }
    found = [_known(key, rows, restated=key in disproved) for key, rows in grouped.items()]
    return [one for one in found if one is not None and asked.start <= one.at < asked.end]


def _known(key: tuple[str, str, str], rows: list[StoredEvent], *, restated: bool) -> Known | None:
    rows.sort(key=lambda row: (row.event.time, RANK[row.event.phase]))
    seen = [row for row in rows if row.event.phase != "rejected"]
    if seen and seen[0].drill:
        return None
    began = [row.event for row in rows if row.event.phase in ("started", "finished")]
    recovering = [event for event in began if event.recovery]
    data = [json.loads(row.event.document)["data"] for row in rows]
    unneeded = any(map(_unneeded, data))
    if not began and not unneeded:
        return None
    first = (recovering or began or [rows[0].event])[0]
    at = first.time
    if first.phase == "finished" and first.duration:
        at -= round(first.duration * MICROSECOND)
    ends = [row.event.time for row in rows if row.event.phase == "finished"]
    checks = [row.event.time for row in rows if row.event.phase == "verified"]
    told = [
        (row.event, one)
        for row, one in zip(rows, data, strict=True)
        if row.event.phase in ("finished", "verified") and row.event.outcome not in ("", "unknown")
    ]
    verified = bool(told) and (
        told[-1][0].phase == "verified" or bool(told[-1][1]["actual"].get("verified"))
    )
    replicas = [_replicas(one) for one in data]
    durations = [row.event.duration for row in rows]
    return Known(
        environment=key[0],
        service=key[1],
        action_id=key[2],
        agent=first.agent if began else "",
        human=began != [] and first.agent_kind == "human",
        at=at,
        recovery=bool(recovering) and key[1] != "",
        begun=bool(began),
        count=first.count if began else 0,
        over=bool(ends or checks),
        ended=max(ends or checks, default=None),
        outcome="ineffective" if restated else told[-1][0].outcome if told else "",
        verified=verified or restated,
        duration=max((round(one * MICROSECOND) for one in durations if one), default=None),
        replicas=max((one for one in replicas if one is not None), default=None),
        policy=max((one["action"].get("policy") or {}).get("id", "") for one in data),
        level=max(one["agent"].get("autonomy_level", -1) for one in data),
        unneeded=unneeded,
    )


def _unneeded(data: dict[str, Any]) -> bool:
    words = ("unnecessary", "not necessary", "not needed", "no need")
    said = data["trigger"]["condition"].lower()
    decision = data.get("authority", {}).get("decision", "reject")
    return (
        data["phase"] == "rejected" and decision == "reject" and any(word in said for word in words)
    )


def _replicas(data: dict[str, Any]) -> float | None:
    found = (data.get("after") or {}).get("replicas")
    return (data.get("before") or {}).get("replicas") if found is None else found


def episodes(history: History, asked: Asked) -> list[Episode]:
    wider = asked._replace(start=asked.start - HOUR, end=asked.end + DAY)
    signals = _signals(history, asked)
    days: dict[tuple[str, int], int] = {}
    for environment, _, at, kind, _, _, ours in signals:
        if kind in ("alert", "page") and not ours and (asked.start - 31 * DAY) // DAY <= at // DAY:
            key = (environment, at // DAY)
            days[key] = min(days.get(key, at), at)
    grouped: dict[tuple[str, str, bool], list[Known]] = defaultdict(list)
    for action in known_actions(history, wider):
        if action.recovery:
            grouped[action.environment, action.service, action.human].append(action)
    found = []
    for actions in grouped.values():
        actions.sort(key=lambda one: (one.at, one.action_id))
        runs: list[list[Known]] = []
        for action in actions:
            if not runs or action.at - runs[-1][-1].at >= GAP:
                runs.append([])
            runs[-1].append(action)
        found += [
            _episode([one for one in run if one.at < run[0].at + DAY], signals, days, asked)
            for run in runs
            if asked.start <= run[0].at < asked.end
        ]
    return found


def _episode(
    run: list[Known], signals: Any, days: dict[tuple[str, int], int], asked: Asked
) -> Episode:
    first, last = run[0], run[-1]
    recovered_at = max(last.at if last.ended is None else last.ended, last.at)
    near = [
        one
        for one in signals
        if one[:2] == (first.environment, first.service)
        and first.at - GAP <= one[2] <= recovered_at + GAP
    ]
    symptoms = [one[2] for one in near if (one[4] or one[3] == "symptom") and one[2] <= first.at]
    since = min(symptoms, default=first.at)
    told = any(one[5] and not one[6] and one[2] >= since for one in near)
    recovered = last.outcome == "succeeded"
    return Episode(
        environment=first.environment,
        service=first.service,
        human=first.human,
        recoveries=sum(one.count for one in run),
        since=since,
        symptom=bool(symptoms),
        recovered_at=recovered_at,
        recovered=recovered,
        unknown=last.outcome == "",
        open=last.at + GAP > asked.as_of or (recovered and recovered_at + GAP > asked.as_of),
        felt=any(one[4] for one in near),
        told=told,
        connected=told
        or any(
            where == first.environment and since - 30 * DAY < at <= since
            for (where, _), at in days.items()
        ),
    )


def _signals(history: History, asked: Asked) -> list[Signal]:
    """Return environment, service, time, kind, felt, told, ours of each."""
    found: list[Signal] = []
    for row in history.rows:
        event = row.event
        if row.drill or event.witness_of or event.time > asked.as_of:
            continue
        data = json.loads(event.document)["data"]
        where = (event.environment, event.service, event.time)
        if event.phase:
            told = bool((data.get("impact") or {}).get("alerted"))
            if event.user_visible or told:
                found.append((*where, "action", event.user_visible, told, False))
        elif str(data.get("status", "")).lower() not in OVER:
            told = event.type in ("alert", "page")
            ours = event.agent == "overheal"
            if told or event.type == "symptom" or event.user_visible:
                found.append((*where, event.type, event.user_visible, told, ours))
    return [*found, *_through(history, found)]


def _through(history: History, signals: list[Signal]) -> Iterable[Signal]:
    """Return what users felt of the services that others depend on."""
    known = {(row.event.environment, row.event.service) for row in history.rows}
    for environment, service, at, _, felt, _, _ in signals:
        needed = history.needs.get(service) or history.needs.get(service.rpartition("/")[2], ())
        for place, other in known:
            if felt and place == environment and {other, other.rpartition("/")[2]} & {*needed}:
                yield environment, other, at, "through", True, False, False


def readings(history: History, asked: Asked) -> Readings:
    """Return all KPIs that are not merely absent, by name and `of`, without their reasons."""
    made: Readings = {}
    actions = known_actions(history, asked)
    healed = [one for one in actions if one.recovery and not one.human]
    for part in ("", "verified", "believed"):
        known = [one for one in healed if one.outcome and part in ("", _way(one))]
        good = [one for one in known if one.outcome == "succeeded"]
        _rate(made, "auto_recovery_success", part, _sum(good), _sum(known), *_rest(healed))
    for of, human in (("", False), ("human", True)):
        some = [one for one in actions if one.recovery and one.human is human]
        _put(made, "recoveries", of, "recoveries", _sum(some), _sum(some), len(some), *_rest(some))
    spells = episodes(history, asked)
    for of, human in (("", False), ("human", True)):
        own = [one for one in spells if one.human is human]
        total = sum(one.recoveries for one in own)
        unknown, is_open = sum(one.unknown for one in own), sum(one.open for one in own)
        _put(made, "episodes", of, "episodes", len(own), len(own), total, unknown, is_open)
        _mttr(made, own, "human" if human else "automatic")
    _hidden(made, spells, connected=_connected(history, asked))
    _on_call(made, history, asked)
    _policies(made, actions)
    _autonomy(made, actions, asked)
    for of in ("seconds", "replica seconds"):
        costs = [(one, _cost(one, of)) for one in healed]
        told = [(one, cost) for one, cost in costs if cost is not None]
        spent = sum(one.count * cost for one, cost in told) / MICROSECOND if told else None
        rest = _rest([one._replace(outcome="") for one, cost in costs if cost is None])
        known = sum(one.count for one, _ in told)
        _put(made, "automation_cost", of, "seconds", spent, known, _sum(healed), *rest)
    return made


def _way(one: Known) -> str:
    return "verified" if one.verified else "believed"


def _cost(one: Known, of: str) -> float | None:
    if one.duration is None or of == "seconds":
        return one.duration
    return None if one.replicas is None else one.duration * one.replicas


def _sum(actions: Iterable[Known]) -> int:
    return sum(one.count for one in actions)


def _rest(actions: Iterable[Known]) -> tuple[int, int]:
    quiet = [one for one in actions if not one.outcome]
    return _sum(one for one in quiet if one.over), _sum(one for one in quiet if not one.over)


def _mttr(made: Readings, own: list[Episode], who: str) -> None:
    took = sorted(one.recovered_at - one.since for one in own if one.recovered and not one.open)
    symptoms = sum(one.symptom for one in own if one.recovered and not one.open)
    unknown = sum(one.unknown and not one.open for one in own)
    for name, level in (("p50", 0.5), ("p90", 0.9)):
        value = took[min(int(level * len(took)), len(took) - 1)] / MICROSECOND if took else None
        rest = (unknown, sum(one.open for one in own))
        _put(made, "mttr", f"{who} {name}", "seconds", value, symptoms, len(took), *rest)


def _connected(history: History, asked: Asked) -> bool:
    return any(
        kind in ("alert", "page") and not ours and asked.start - 30 * DAY < at < asked.end
        for environment, _, at, kind, _, _, ours in _signals(history, asked)
        if asked.environment in ("", environment)
    )


def _hidden(made: Readings, spells: list[Episode], *, connected: bool) -> None:
    felt = [one for one in spells if one.felt and not one.human]
    sure = [one for one in felt if one.recovered and one.connected and not one.open]
    hidden = [one for one in sure if not one.told]
    unsure = sum(
        not one.open and (one.unknown or (one.recovered and not one.connected)) for one in felt
    )
    rest = (unsure, sum(one.open for one in felt))
    _rate(made, "masking_ratio", "", len(hidden), len(sure), *rest)
    heard = any(one.connected for one in felt) if felt else connected
    minutes = sum(one.recovered_at - one.since for one in hidden) / MINUTE
    for name, unit, value in (
        ("hidden_incidents", "incidents", len(hidden)),
        ("hidden_minutes", "minutes", minutes),
    ):
        told = value if heard else None
        _put(made, name, "", unit, told, len(hidden), len(sure), *rest)


def _on_call(made: Readings, history: History, asked: Asked) -> None:
    pages: dict[tuple[str, str], set[int]] = defaultdict(set)
    for environment, service, at, kind, _, _, ours in _signals(history, asked):
        paged = kind == "page" and not ours and asked.start - DAY <= at < asked.end
        if paged and asked.names(environment, service):
            pages[environment, service].add(at)
    total = foretold = 0
    for who, times in pages.items():
        before = None
        for at in sorted(times):
            if (before is None or at - before >= GAP) and at >= asked.start:
                total += 1
                foretold += any(
                    (one.environment, one.service) == who
                    and one.tier > Tier.INFORMATIONAL
                    and one.detected_at <= at
                    and (one.resolved_at is None or one.resolved_at >= at)
                    for one in history.findings
                )
            before = at
    _rate(made, "on_call_foretold", "", foretold, total, 0, 0)
    value = total if total or _connected(history, asked) else None
    _put(made, "on_call_incidents", "", "incidents", value, foretold, total, 0, 0)


def _policies(made: Readings, actions: list[Known]) -> None:
    for policy in sorted({one.policy for one in actions} - {""}):
        own = [one for one in actions if one.policy == policy and not one.human]
        healed = [one for one in own if one.recovery]
        if healed:
            known = [one for one in healed if one.outcome]
            bad = [one for one in known if one.outcome == "ineffective"]
            _rate(made, "ineffective", policy, _sum(bad), _sum(known), *_rest(healed))
        down = [one for one in own if one.unneeded and not one.over]
        weighed = [
            one._replace(count=max(one.count, 1)) for one in own if one.recovery or one in down
        ]
        known = [one for one in weighed if one.outcome or _is_down(one)]
        bad = [one for one in known if one.outcome == "unnecessary" or _is_down(one)]
        if weighed:
            rest = _rest([one for one in weighed if not _is_down(one)])
            _rate(made, "unnecessary", policy, _sum(bad), _sum(known), *rest)


def _is_down(one: Known) -> bool:
    return one.unneeded and not one.over


def _autonomy(made: Readings, actions: list[Known], asked: Asked) -> None:
    done = [one for one in actions if one.begun and not one.human]
    held: dict[int, int] = defaultdict(int)
    who: dict[int, set[tuple[str, str, str]]] = defaultdict(set)
    lines: dict[tuple[str, str, str], list[Known]] = defaultdict(list)
    for one in done:
        lines[one.environment, one.service, one.agent].append(one)
    for key, line in lines.items():
        line.sort(key=lambda one: (one.at, one.level))
        ends = [one.at for one in line[1:]] + [min(asked.end, asked.as_of)]
        for one, end in zip(line, ends, strict=True):
            held[one.level] += end - one.at
            who[one.level].add(key)
    for level in sorted(held):
        name = "unknown" if level < 0 else str(level)
        _rate(made, "autonomy", name, sum(one.level == level for one in done), len(done), 0, 0)
        spent = held[level] / MICROSECOND
        _put(made, "autonomy_time", name, "seconds", spent, spent, len(who[level]), 0, 0)


def _rate(  # noqa: PLR0917 - one line a figure
    made: Readings, name: str, of: str, good: int, known: int, unknown: int, open_: int
) -> None:
    low, high = wilson(good, known) or (None, None)
    value = good / known if known else None
    made[name, of] = KpiReading(
        name=name,
        of=of,
        unit="share",
        value=value,
        low=low,
        high=high,
        numerator=good,
        denominator=known,
        unknown=unknown,
        open=open_,
    )


def _put(  # noqa: PLR0917 - one line a figure
    made: Readings,
    name: str,
    of: str,
    unit: str,
    value: float | None,
    numerator: float,
    denominator: float,
    unknown: int,
    open_: int,
) -> None:
    made[name, of] = KpiReading(
        name=name,
        of=of,
        unit=unit,
        value=value,
        numerator=numerator,
        denominator=denominator,
        unknown=unknown,
        open=open_,
    )

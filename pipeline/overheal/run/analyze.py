"""`overheal analyze`: files in, a report out, and a store on the side where one is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from overheal.clock import Clock
from overheal.contract.decode import CAPPED_LABEL
from overheal.errors import InputError
from overheal.flow import Flow
from overheal.model import DAY, DeadLetter, Finding, Totals
from overheal.report.document import Report, assemble
from overheal.run import config as configuration
from overheal.run.garbage import collect_less
from overheal.run.interrupt import Interruptible
from overheal.run.keeping import open_keeper
from overheal.run.reading import OnProgress, Reading
from overheal.sources.files import modified_at
from overheal.stages.row import Row
from overheal.stages.rules import RuleBook, rules_of


@dataclass(frozen=True)
class Request:
    """What is to be analysed; paths as the user wrote them, `-` for standard input.

    `now` is microseconds UTC, or None for the last event's time.
    """

    paths: Sequence[str]
    insist: str | None = None
    config: str | None = None
    catalog: str | None = None
    store: Path | None = None
    now: int | None = None


@dataclass(frozen=True)
class Analysis:
    """The report, and what went wrong on the way without spoiling it."""

    report: Report
    problems: list[str] = field(default_factory=list)
    interrupted: bool = False


def analyze(
    request: Request,
    clock: Clock,
    on_dead_letter: Callable[[DeadLetter], None],
    on_progress: OnProgress,
    on_interrupt: Callable[[str], None],
) -> Analysis:
    """Judge all input as one history in event time.

    The first Ctrl-C ends the reading, of which `on_interrupt` is told at once; what was read is
    judged. One that comes later raises `KeyboardInterrupt`.

    Raises `InputError` where nothing could be read, `ConfigError` for a wrong configuration, and
    `StoreError` where the store refuses.
    """
    collect_less()
    settings = configuration.load(request.config, request.catalog, os.environ)
    keeper = open_keeper(request.store, clock.now())
    totals = Totals()

    def refuse(letter: DeadLetter) -> None:
        totals.dead_letters += 1
        keeper.refuse(letter)
        on_dead_letter(letter)

    with (
        keeper,
        Interruptible(on_interrupt) as interrupt,
        Reading(settings.adapters(), settings.redactor, refuse, on_progress, interrupt) as reading,
    ):
        for path in request.paths:
            if not interrupt.requested:
                received_at = request.now or modified_at(path) or clock.now()
                reading.read(path, received_at, request.insist)
        interrupt.reading = False
        rules = keeper.settled(settings) if request.catalog is None else settings
        flow = Flow(
            RuleBook(rules_of(rules.catalog, rules.settings), keeper.declared()), lateness=0
        )
        known: dict[str, Finding] = {}
        window: tuple[int, int] | None = None
        keeper.recall(reading)
        told = 0
        for batch in reading.events():
            judged = flow.judge(batch)
            told += len(batch)
            on_progress("judging events", told, reading.decoded + keeper.recalled)
            totals.duplicates += judged.duplicates
            totals.recoveries += sum(
                fact.count for fact in judged.counted.values() if fact.automated
            )
            _count(totals, judged.rows)
            start = batch[0].time if window is None else window[0]
            window = (start, batch[-1].time)
            known.update({finding.id: finding for finding in judged.findings})
            keeper.keep(judged)
        if window is None and (totals.dead_letters or not reading.lists):
            if interrupt.requested:
                raise KeyboardInterrupt
            raise InputError(_nothing(reading, totals))
        end = max(window[1] if window else 0, request.now or 0)
        for finding in flow.advance(end):
            known[finding.id] = finding
        for finding in flow.relate(list(known.values())):
            known[finding.id] = finding
        services = flow.services()
        totals.records = reading.records
        totals.ignored = reading.ignored
        totals.received = reading.decoded + totals.dead_letters
        keeper.tell(rules)
        keeper.finish(", ".join(request.paths), totals, list(known.values()))
        notes = _notes(window, reading.formats, keeper.recalled, interrupted=interrupt.requested)
        if rules is not settings:
            notes.append(
                "The catalog is the one that the store was told last; --catalog names another."
            )
    report = assemble(
        findings=list(known.values()),
        services=services,
        totals=totals,
        window=window,
        config_hash=rules.digest,
        notes=notes,
        origin=request.paths,
    )
    return Analysis(report, reading.problems, interrupt.requested)


def _count(totals: Totals, rows: Sequence[Row]) -> None:
    for row in rows:
        event = row.event
        if event.phase:
            totals.actions += 1
            if event.phase == "finished" and event.outcome in ("", "unknown"):
                totals.unknown_outcome += 1
            totals.recovery_overridden += event.recovery_overridden
        else:
            totals.observations += 1
        totals.late += row.late
        totals.drilled += row.drill != ""
        totals.capped_counts += CAPPED_LABEL in event.labels


def _nothing(reading: Reading, totals: Totals) -> str:
    if reading.problems:
        return reading.problems[0]
    if totals.dead_letters:
        if totals.dead_letters == 1:
            return "nothing readable: the only record was refused"
        return f"nothing readable: all {totals.dead_letters:,} records were refused"
    if reading.records:
        ignored = ", ".join(f"{reason}: {count}" for reason, count in reading.ignored.items())
        return f"no events in {reading.records} records ({ignored})"
    return "nothing to read: the input is empty"


def _notes(
    window: tuple[int, int] | None, formats: set[str], recalled: int, *, interrupted: bool
) -> list[str]:
    notes = []
    if recalled:
        notes.append(f"{recalled:,} events that the store had before are part of this history.")
    if interrupted:
        notes.append("Reading was interrupted: this is about what had been read until then.")
    if window is None:
        return [*notes, "The list that was read is empty."]
    if window[1] - window[0] < DAY:
        notes.append(
            "The input spans less than a day, so trends over days and weeks cannot show in it."
        )
        if "kubernetes" in formats:
            notes.append(
                "Kubernetes keeps events for one hour. To collect longer, leave this running: "
                "kubectl get events -A -w -o json --output-watch-events >> events.jsonl"
            )
    if "kubernetes" in formats:
        notes.append(
            "Counters in Kubernetes events are lower bounds: their writers limit their rate."
        )
    return notes

"""Which settings of a service would have kept every useful page with the least noise."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from overheal.detect.registry import named
from overheal.errors import ConfigError
from overheal.model import Finding
from overheal.report.backtest_parts import SuggestionPart, Suggestions
from overheal.run.backtest import documents
from overheal.run.backtest.comparing import Pair, is_page, paired
from overheal.run.backtest.history import Ask, History, OnProgress
from overheal.run.backtest.inforce import check, rulings, with_setting
from overheal.run.backtest.labelled import pair_of
from overheal.run.backtest.places import groups, of_services
from overheal.run.backtest.plan import FLEET, Plan, Setting, rules_from
from overheal.run.backtest.wiring import Request, Stretch, asked, stretch_of
from overheal.run.config.judging import from_judging
from overheal.store import Store
from overheal.store.labels import MISSED, USEFUL, Label

NOTE = (
    "One setting is varied at a time, and whether another finding explains a page is not asked; "
    "see what else changes with `overheal backtest --catalog` before you adopt one."
)

LEAST = 3
"""So many useful and so many noisy pages have to be labelled before anything is suggested."""

FACTORS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.1, 1.2, 1.35, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 6.0)
"""A setting is tried at these multiples of what it is."""


@dataclass(frozen=True)
class Case:
    """What labels say of one detector's pages about one service."""

    environment: str
    service: str
    detector: str
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class Outcome:
    """What one setting makes of a case: useful and noisy pages, and pages in all."""

    useful: int
    noise: int
    pages: int


def suggest(store: Store, request: Request, on_progress: OnProgress) -> Suggestions:
    """Return suggestions for every service with a labelled page; nothing of the store changes.

    Raises as `wiring.backtest` does, but for settings that are the same.
    """
    both = rulings(store, request.files, os.environ)
    base = both.after if request.files.config else both.before
    stretch = stretch_of(store, request)
    ask = asked(store, base, base, stretch, 1)
    found = {one.id: one for one in store.findings()}
    made = []
    cases = list(_cases(store.labels(), found))
    for at, case in enumerate(cases):
        on_progress("settings", at, len(cases))
        made.append(_suggestion(store, ask, stretch, case, found))
    return Suggestions(
        window=documents.window(stretch.window),
        suggestions=[one for one in made if one is not None],
        notes=[NOTE],
    )


def values(kind: type[Any], name: str, present: float) -> list[Any]:
    """Return what a setting is tried at, the nearest to what it is first.

    >>> from overheal.detect.recovery_frequency import FrequencySettings
    >>> values(FrequencySettings, "per_hour", 3)[:4]
    [4, 2, 5, 6]
    """
    default = kind.__dataclass_fields__[name].default
    if isinstance(default, bool):
        return [not present]
    whole = isinstance(default, int)
    tried = [round(present * factor) if whole else present * factor for factor in FACTORS]
    fresh = {value for value in tried if value > 0 and value != present}
    return sorted(fresh, key=lambda value: abs(math.log(value / present)))


def _cases(labels: Sequence[Label], found: dict[str, Finding]) -> Iterator[Case]:
    """Return what is labelled, by service and detector of the scope stage."""
    cases: dict[tuple[str, str, str], list[Label]] = {}
    for label in labels:
        finding = found.get(label.id)
        if label.verdict == MISSED or finding is None or not finding.service:
            continue
        if finding.detector not in FLEET:
            key = (finding.environment, finding.service, finding.detector)
            cases.setdefault(key, []).append(label)
    for (environment, service, detector), own in sorted(cases.items()):
        yield Case(environment, service, detector, tuple(own))


def _suggestion(
    store: Store, ask: Ask, stretch: Stretch, case: Case, found: dict[str, Finding]
) -> SuggestionPart | None:
    catalog = rules_from(ask.before).catalog
    chosen = of_services(groups(stretch.places, [catalog]), {(case.environment, case.service)})
    places = [place for group in chosen for place in group.places]
    if not places:
        return None

    def judged(after: bytes) -> Outcome:
        only = frozenset({case.detector})
        plan = Plan(only, frozenset(), frozenset(), ())
        sides = History(store, replace(ask, after=after), places).judged(plan)
        return _outcome(case, found, paired(sides.before, sides.after))

    now = judged(ask.before)
    thin = ""
    if min(now.useful, now.noise) < LEAST:
        thin = (
            f"{now.useful} useful and {now.noise} noise pages are labelled here; at least {LEAST} "
            "of each are needed"
        )
    tried: list[tuple[Outcome, Setting]] = []
    for candidate in [] if thin else _candidates(ask.before, case):
        after = with_setting(ask.before, candidate)
        try:
            check(after, "tried")
        except ConfigError:
            continue
        tried.append((judged(after), candidate))
    better = [
        (outcome, candidate)
        for outcome, candidate in tried
        if outcome.useful == now.useful and outcome.noise < now.noise
    ]
    # Candidates stand nearest first, and of equals the first is taken.
    best = min(better, key=lambda one: (one[0].noise, one[0].pages), default=None)
    return SuggestionPart(
        service=case.service,
        environment=case.environment,
        detector=case.detector,
        useful=now.useful,
        noise=now.noise,
        settings=[] if best is None else [documents.setting(best[1])],
        noise_after=now.noise if best is None else best[0].noise,
        pages_before=now.pages,
        pages_after=now.pages if best is None else best[0].pages,
        tried=len(tried),
        too_thin=thin or None,
    )


def _candidates(judging: bytes, case: Case) -> Iterator[Setting]:
    """Return settings to try for one service, those that make a page first."""
    catalog, book = from_judging(judging)
    kind = named(case.detector)[0]
    settings = book.lookup(kind)("", case.service)
    short = case.service.rpartition("/")[2]
    known = catalog.file.services
    service = short if short in known and case.service not in known else case.service
    names = kind.settings_type.__dataclass_fields__
    for name in sorted(names, key=lambda name: not name.startswith("critical_")):
        present = getattr(settings, name)
        for value in values(kind.settings_type, name, present):
            yield Setting(case.detector, name, service, present, value)


def _outcome(case: Case, found: dict[str, Finding], pairs: Sequence[Pair]) -> Outcome:
    """Return what the labels say of the pages after."""
    verdicts: dict[int, str] = {}
    for label in case.labels:
        at = pair_of(label.id, found, pairs)
        if at is not None:
            verdicts[at] = label.verdict
    own = [
        at
        for at, pair in enumerate(pairs)
        if is_page(pair.after)
        and (pair.one.environment, pair.one.service) == (case.environment, case.service)
    ]
    useful = sum(verdicts.get(at) == USEFUL for at in own)
    return Outcome(useful, sum(at in verdicts for at in own) - useful, len(own))

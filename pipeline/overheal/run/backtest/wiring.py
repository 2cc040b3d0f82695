"""`overheal backtest`: from a store and two sets of rules to the document of what differs."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from overheal.errors import ConfigError, InputError
from overheal.report.backtest_parts import Backtest
from overheal.run.backtest import documents
from overheal.run.backtest.comparing import Difference, Pair, differences, is_page, paired
from overheal.run.backtest.deciding import Deciding
from overheal.run.backtest.history import Ask, History, OnProgress
from overheal.run.backtest.inforce import Files, Rulings, rulings
from overheal.run.backtest.labelled import scores
from overheal.run.backtest.plan import Plan, planned
from overheal.run.backtest.reasons import Lookup, reason
from overheal.run.garbage import collect_less
from overheal.run.moments import in_order
from overheal.state.words import clock
from overheal.store import Store
from overheal.store.past import StoredPlace

FOREVER = 2**62


@dataclass(frozen=True)
class Request:
    """What is asked: files, the span [since, until) and the present (µs UTC, None: not said)."""

    files: Files
    since: int | None = None
    until: int | None = None
    now: int | None = None
    processes: int = 0


@dataclass(frozen=True)
class Stretch:
    """The part of history that is replayed: its places, its span, and when it ends."""

    places: Sequence[StoredPlace]
    start: int
    end: int
    window: tuple[int, int]
    now: int


def backtest(store: Store, request: Request, on_progress: OnProgress) -> Backtest:
    """Replay stored history with other settings; nothing of the store changes.

    Raises `ConfigError` where files are wrong or the settings are the same, `InputError` where
    there are no events in the span, `OptionError` where it is reversed, and `StoreError`.
    """
    collect_less()
    both = rulings(store, request.files, os.environ)
    plan = planned(both.before, both.after)
    if not plan.judged:
        raise ConfigError(
            f"{request.files.config or 'the settings'}: nothing differs from {both.origin}; "
            "change a setting of [detectors] (`overheal detectors` lists them) or the catalog"
        )
    stretch = stretch_of(store, request)
    labels = store.labels()
    ask = asked(store, both.before, both.after, stretch, request.processes)
    ask = replace(ask, all_pages=bool(labels))
    history = History(store, ask, stretch.places, on_progress)
    sides = history.judged(plan)
    pairs = paired(sides.before, sides.after)
    found = differences(pairs)
    deciding = Deciding(store, ask, plan, stretch.places)
    reasons = told(found, plan, deciding)
    made = scores(labels, store.findings() if labels else [], pairs, stretch.window)
    return documents.backtest(
        plan=plan,
        stretch=stretch.window,
        places=stretch.places,
        pairs=pairs,
        found=list(zip(found, reasons, strict=True)),
        scores=made if labels else None,
        verdicts={one.id: one.verdict for one in labels},
        notes=notes(store, request, both, unasked=not labels and _share_pages(pairs)),
    )


def told(found: Sequence[Difference], plan: Plan, deciding: Deciding) -> list[str]:
    """Return why each of them differs, in their order."""
    lookup: Lookup = deciding.differing
    decisive: Mapping[str, Collection[str]] = deciding.decisive(found)
    return [reason(one, plan, lookup, decisive) for one in found]


def asked(store: Store, before: bytes, after: bytes, stretch: Stretch, processes: int) -> Ask:
    """Return what to replay, on as many processes as there are cores where none are named."""
    declared = store.declared()
    return Ask(
        before=before,
        after=after,
        start=stretch.start,
        end=stretch.end,
        now=stretch.now,
        processes=processes or len(os.sched_getaffinity(0)),
        declared=(*declared.expectations.values(), *declared.drills.values()),
    )


def stretch_of(store: Store, request: Request) -> Stretch:
    """Return the part of history that is meant; raises `OptionError` and `InputError`."""
    start, end = request.since or 0, FOREVER if request.until is None else request.until
    in_order(start, end)
    places = store.places(max(0, start), end)
    if not places:
        counts = store.counts()
        if not counts.events:
            raise InputError("the store holds no events yet; there is nothing to replay")
        raise InputError(
            f"no events in that span; the store holds some from {clock(counts.first_at)} to "
            f"{clock(counts.last_at)}"
        )
    first, last = min(one.first_at for one in places), max(one.last_at for one in places)
    now = max(last, request.now or 0)
    return Stretch(places, max(0, start), end, (first, last + 1), now)


def notes(store: Store, request: Request, both: Rulings, *, unasked: bool) -> list[str]:
    """Return what a reader has to know to trust the rest."""
    found = [f"Compared with {both.origin}."]
    if unasked:
        found.append(
            "Pages that are the same on both sides are counted without asking whether a finding "
            "across services explains them; with labels that is asked too."
        )
    if request.since and store.counts().first_at < request.since:
        found.append(
            "The replay begins with nothing remembered: what had begun before "
            f"{clock(request.since)} is seen from then on, on both sides alike."
        )
    return found


def _share_pages(pairs: Sequence[Pair]) -> bool:
    """Return whether a page is the same on both sides."""
    return any(
        pair.before is not None
        and pair.after is not None
        and pair.before.id == pair.after.id
        and is_page(pair.before)
        for pair in pairs
    )

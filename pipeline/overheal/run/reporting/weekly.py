"""The weekly report of a store: gathered, put together, and what it asks written down."""

from __future__ import annotations

import dataclasses

from overheal.catalog import Catalog
from overheal.report.weekly.document import assemble
from overheal.report.weekly.parts import WeeklyReport
from overheal.report.weekly.span import Span
from overheal.run.reporting.gathering import asked, gather, question_of
from overheal.store import Store
from overheal.store.episodes import OnSettled, untold


def weekly(
    store: Store,
    span: Span,
    now: int,
    catalog: Catalog | None = None,
    told: OnSettled = untold,
    *,
    ask: bool = True,
) -> WeeklyReport:
    """Return the report of a span; `now` is microseconds UTC.

    `told` hears how far what has to be settled first came.

    With `ask` the follow-ups of a week that is over are written, once, before this returns.
    Raises `StoreError`, and `ConfigError` for a catalog whose short names are ambiguous.
    """
    material = gather(store, span, now, catalog, told)
    fresh = asked(material)
    if ask:
        store.write_follow_ups(fresh)
    questions = [*material.questions, *(question_of(one, recorded=ask) for one in fresh)]
    return assemble(dataclasses.replace(material, questions=questions))

"""What the report rests on, and what it may therefore have missed."""

from __future__ import annotations

from overheal.model import DAY
from overheal.report.kpis import kpis
from overheal.report.tables import incomplete_lines
from overheal.report.weekly.lines import within
from overheal.report.weekly.material import Material
from overheal.report.weekly.parts import CompletenessPart
from overheal.report.words import day, number, plural, rfc3339
from overheal.state.words import percent

_NAMED = 3


def completeness(material: Material) -> CompletenessPart:
    """Return what was heard, what was refused, and where nothing was heard."""
    seen = [row for row in material.seen if material.span.start - DAY < row.day < material.span.end]
    gaps = _gaps(material)
    part = CompletenessPart(
        actions=sum(row.actions for row in seen),
        observations=sum(row.observations for row in seen),
        late=sum(row.late for row in seen),
        refused=sum(material.refused.values()),
        unknown_outcome=material.unknown_outcome,
        alert_source=material.told is not None,
        gaps=[rfc3339(at) for at in gaps],
        words=[],
    )
    return part.model_copy(update={"words": [*_words(part, gaps, material), *material.notes]})


def _words(part: CompletenessPart, gaps: list[int], material: Material) -> list[str]:
    events = plural(part.actions + part.observations, "event")
    lines = [f"{events} of the span are stored: {number(part.actions)} about actions."]
    if gaps:
        named = ", ".join(day(at) for at in gaps[:_NAMED])
        rest = f" and {plural(len(gaps) - _NAMED, 'more day')}" if len(gaps) > _NAMED else ""
        lines.append(f"Nothing at all was heard on {named}{rest}.")
    if material.first_at is not None and material.first_at > material.span.start:
        lines.append(f"The stored history begins on {day(material.first_at)}.")
    if not part.alert_source:
        lines.append(
            "No alert or page was seen: whether people were told of what happened is not known, "
            "and with it hidden incidents."
        )
    if part.unknown_outcome:
        lines.append(
            f"{percent(part.unknown_outcome)} of the automated recoveries did not report how they "
            "went; they count neither as successes nor as failures."
        )
    if part.late:
        lines.append(
            f"{plural(part.late, 'event')} came too late to be judged: counted, and no detector "
            "saw them."
        )
    if part.refused:
        codes = ", ".join(f"{code} {number(n)}" for code, n in list(material.refused.items())[:3])
        verb = "was" if part.refused == 1 else "were"
        lines.append(
            f"{plural(part.refused, 'record')} received since then {verb} refused ({codes}); some "
            "may belong to this span."
        )
    found = [finding for finding, _ in within(material)]
    return lines + incomplete_lines(kpis([], found))


def _gaps(material: Material) -> list[int]:
    """Return the whole days of the span without an event, within what the store covers."""
    heard = {row.day for row in material.seen}
    first = max(material.span.start, material.first_at or 0) // DAY * DAY
    days = range(first, material.span.end // DAY * DAY, DAY)
    return [at for at in days if at not in heard and at >= material.span.start]

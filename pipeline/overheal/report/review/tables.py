"""Sections as tables for people: what the columns are called and how their cells read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from overheal.report.review.parts import Review, ThresholdRow, Told
from overheal.report.words import clean, duration, number, plural, shorten
from overheal.state.words import percent

if TYPE_CHECKING:
    from overheal.report.pictures import Picture

SHOWN = 60
"""Rows of a section that a page shows; the JSON document has all."""
PRINTED = 15
"""Rows that a terminal shows."""
NOTHING = "\u2013"
Cell = Callable[[Any], str]


@dataclass(frozen=True)
class Table:
    """One section, ready to be shown: every cell is text that is safe for a terminal.

    `total` says what all rows come to together, `picture` is shown above them on a page.
    """

    title: str
    about: str
    headers: tuple[str, ...]
    rows: list[list[str]]
    marks: list[str]
    unlisted: int
    thin: str
    none: str
    total: str = ""
    picture: Picture | None = None


@dataclass(frozen=True)
class _Section:
    key: str
    title: str
    about: str
    none: str
    columns: tuple[tuple[str, Cell], ...]
    mark: Cell = lambda _: ""
    rows: Callable[[Sequence[Any]], Sequence[Any]] = lambda rows: rows


def tables(
    review: Review, most: int = SHOWN, pictures: Mapping[str, Picture] | None = None
) -> list[Table]:
    """Return every section in the order in which it is read, each with at most so many rows.

    `pictures` are those of sections, by their key.
    """
    drawn = pictures or {}
    return [
        _table(section, getattr(review, section.key), most, drawn.get(section.key))
        for section in _SECTIONS
    ]


def _table(section: _Section, told: Told[Any], most: int, picture: Picture | None) -> Table:
    rows = section.rows(told.rows)
    shown = rows[:most]
    return Table(
        title=section.title,
        about=section.about,
        headers=tuple(name for name, _ in section.columns),
        rows=[
            [shorten(clean(cell(row)), 240) or NOTHING for _, cell in section.columns]
            for row in shown
        ],
        marks=[section.mark(row) for row in shown],
        unlisted=len(rows) - len(shown),
        thin=clean(told.thin or ""),
        none=section.none,
        total=clean(told.total),
        picture=picture,
    )


def rate(value: float | None) -> str:
    """Return a share in percent, a dash where there is none."""
    return NOTHING if value is None else percent(value)


def _bounds(row: Any) -> str:
    if row.success_low is None:
        return NOTHING
    return f"{percent(row.success_low)} to {percent(row.success_high)}"


def _of(row: Any) -> str:
    home = "" if row.environment in ("", "production") else f" ({row.environment})"
    return f"{row.service or 'all services'}{home}"


def _level(row: Any) -> str:
    if row.level is None:
        return "by hand" if row.next_level else "not stated"
    return str(row.level)


def _list(items: Sequence[str]) -> str:
    return "; ".join(items)


def _day(text: str | None) -> str:
    return (text or "")[:10]


def _why(row: Any) -> str:
    return _list(row.step_back or row.missing) or "the evidence is there"


def _folded(rows: Sequence[ThresholdRow]) -> list[ThresholdRow]:
    """Return detectors that found nothing as one row behind all others."""
    silent = [row for row in rows if row.kind == "detector" and row.fired == "never"]
    others = [row for row in rows if row not in silent]
    names = ", ".join(row.name for row in silent)
    return others + [one.model_copy(update={"name": names}) for one in silent[:1]]


def _gate_mark(row: Any) -> str:
    return {"step back": "critical", "next level": "good"}.get(row.verdict, "")


_SECTIONS = (
    _Section(
        "gate",
        "May automation have more autonomy?",
        "By service and type of action: whether what happened allows the next level, what is "
        "missing, and where it argues for a step back.",
        "Nothing acted on a service in this span.",
        (
            ("Service", _of),
            ("Action", lambda row: row.type),
            ("Level", _level),
            ("Verdict", lambda row: row.verdict),
            ("Success", _bounds),
            ("Why", _why),
        ),
        _gate_mark,
    ),
    _Section(
        "policies",
        "Policies",
        "How each was used and how its recoveries turned out. A zombie was not used, or is much "
        "older than the last change of what it acts on.",
        "No policy was followed.",
        (
            ("Policy", lambda row: row.policy),
            ("Uses", lambda row: number(row.uses)),
            ("Success", lambda row: rate(row.success_rate)),
            ("In vain", lambda row: rate(row.ineffective_rate)),
            ("Not needed", lambda row: rate(row.unnecessary_rate)),
            ("Last used", lambda row: _day(row.last_exercised)),
            ("Zombie", lambda row: row.zombie or ""),
        ),
        lambda row: "actionable" if row.zombie else "",
    ),
    _Section(
        "deviations",
        "Failure modes: declared and happened",
        "Recoveries that took another path, longer or another order than the catalog declares, and "
        "modes that never came up.",
        "What happened is as declared.",
        (
            ("Service", _of),
            ("Mode", lambda row: row.mode),
            ("Exercised", lambda row: number(row.exercised)),
            ("Declared", lambda row: row.declared),
            ("Happened", lambda row: row.happened),
        ),
        lambda row: "" if row.never_exercised else "actionable",
    ),
    _Section(
        "fields",
        "Fields that differ from their declared value",
        "The last value seen is another than the one last declared for the field.",
        "No field differs from what was declared for it.",
        (
            ("Service", _of),
            ("Field", lambda row: f"{row.field} of {row.target}"),
            ("Declared", lambda row: f"{row.declared} by {row.declared_by}"),
            ("Found", lambda row: f"{row.found} by {row.found_by or 'nobody named'}"),
            ("Since", lambda row: _day(row.found_at)),
            ("Declaration", lambda row: "over" if row.expired else "holds"),
        ),
        lambda row: "" if row.expired else "actionable",
    ),
    _Section(
        "impact",
        "Impact: predicted and felt",
        "Whether users newly felt what automation foretold, and what it did not foretell.",
        "Nothing was foretold.",
        (
            ("Agent", lambda row: row.agent),
            ("Action", lambda row: row.type),
            ("Foretold", lambda row: number(row.predictions)),
            ("Came true", lambda row: number(row.came_true)),
            ("Did not", lambda row: number(row.did_not)),
            ("Unforeseen", lambda row: number(row.unforeseen)),
            ("Example", lambda row: row.example),
        ),
        lambda row: "actionable" if row.unforeseen else "",
    ),
    _Section(
        "alerts",
        "Alert hygiene",
        "Pages after which nobody acted or acknowledged a finding, and alerts that went away each "
        "time before anybody did.",
        "Every page was acted on, and no alert recovers by itself every time.",
        (
            ("What", lambda row: row.kind),
            ("Service", _of),
            ("Signal", lambda row: row.signal),
            ("Times", lambda row: f"{number(row.times)} of {number(row.of)}"),
            ("Last", lambda row: _day(row.last_at)),
        ),
    ),
    _Section(
        "thresholds",
        "Thresholds that never or always fire",
        "A threshold that never fires may be too high, one that always does says nothing.",
        "Every threshold fired, and none did all the time.",
        (
            ("Threshold", lambda row: f"{row.name} {row.threshold}".strip()),
            ("Kind", lambda row: row.kind),
            ("Service", _of),
            ("Fired", lambda row: row.fired),
            ("Why", lambda row: row.why),
        ),
        rows=_folded,
    ),
    _Section(
        "costlier",
        "Services whose automation grew costlier",
        "Time automation spent (duration times replicas) against the span before.",
        "None grew costlier.",
        (
            ("Service", _of),
            ("Now", lambda row: duration(row.seconds)),
            ("Before", lambda row: duration(row.seconds_before)),
            ("A day", lambda row: NOTHING if row.ratio is None else f"{number(row.ratio)} times"),
            ("Uses", lambda row: f"{number(row.uses_before)} → {number(row.uses)}"),
        ),
        lambda _: "actionable",
    ),
    _Section(
        "break_even",
        "What each policy is worth",
        "Minutes of people's time saved and cost, by the rates that the team states.",
        "Nothing to reckon.",
        (
            ("Policy", lambda row: row.policy),
            ("Saved", lambda row: duration(row.saved_minutes * 60)),
            ("Cost", lambda row: duration(row.cost_minutes * 60)),
            ("Pays", lambda row: "yes" if row.pays else "no"),
            ("Breaks even at", lambda row: rate(row.break_even_success)),
        ),
        lambda row: "" if row.pays else "actionable",
    ),
    _Section(
        "expectations",
        "Expectations that ran out",
        "They lower no tier any more; declare them again if they still hold.",
        "None ran out without another in its place.",
        (
            ("Expectation", lambda row: row.id),
            ("Service", lambda row: row.service),
            ("Owner", lambda row: row.owner),
            ("Reason", lambda row: row.reason),
            ("Ended", lambda row: _day(row.ended_at)),
        ),
    ),
    _Section(
        "drills",
        "Drills held",
        "What was practised in the span.",
        "None was held.",
        (
            ("Drill", lambda row: row.id),
            ("Owner", lambda row: row.owner),
            ("Services", lambda row: ", ".join(row.services) or "everything"),
            ("Began", lambda row: _day(row.start)),
            ("Actions", lambda row: plural(row.actions, "action")),
        ),
    ),
)

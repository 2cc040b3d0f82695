"""The services and the totals of a report, for a terminal."""

from __future__ import annotations

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from overheal.report.document import Report
from overheal.report.parts import Kpis, ServicePart
from overheal.report.words import between, number, parse_instant, plural, shorten
from overheal.state.words import percent

_SHOWN = 20
"""Services that the page lists; the JSON document has all."""
_NARROW, _WIDE = 76, 120
_COUNTS = {
    "recoveries": "recoveries",
    "episodes": "episodes",
    "by hand": "human_recoveries",
    "succeeded": "succeeded",
    "failed": "failed",
    "unknown": "unknown",
}
_LEAST = 12
"""Columns that the names of services need to be told apart."""
_LEGIBLE = 26
"""Columns up to which names of services stay whole; recoveries by hand make room for them."""
_FILES, _NAME = 3, 60


def services_table(report: Report, width: int) -> RenderableType:
    """Return services by automated recoveries, with episodes and outcomes beside the counts.

    Services that nobody had to recover are only counted.
    """
    recovered = recovered_services(report)
    rows = recovered[:_SHOWN]
    names = ("recoveries", "episodes") if width < _NARROW else tuple(_COUNTS)
    columns = [(name, [number(getattr(row, _COUNTS[name])) for row in rows]) for name in names]
    if width >= _WIDE:
        days = ["-" if row.per_day is None else number(row.per_day) for row in rows]
        columns.append(("per day", days))
    texts = [
        ("owner", [shorten(row.owner, 20) for row in rows]),
        ("trend", [shorten(row.trend, 30) for row in rows]),
    ]
    notes = [column for column in texts if width >= _WIDE and any(column[1])]
    own = ("service", [service_name(row, report) for row in rows])
    by_hand = next((column for column in columns if column[0] == "by hand"), None)
    if by_hand and width - _taken([*columns, *notes]) < min(_cells(own), _LEGIBLE):
        columns.remove(by_hand)
    while len(columns) > 1 and width - _taken([*columns, *notes]) < _LEAST:
        (notes or columns).pop()
    room = min(_cells(own), max(width - _taken([*columns, *notes]), 1))
    grid = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    grid.add_column("service", width=room, no_wrap=True)
    for name, cells in columns:
        grid.add_column(name, justify="right", width=_cells((name, cells)), no_wrap=True)
    for name, cells in notes:
        grid.add_column(name, width=_cells((name, cells)), no_wrap=True)
    body = [[shorten(name, room) for name in own[1]], *(cells for _, cells in [*columns, *notes])]
    for row_cells in zip(*body, strict=True):
        grid.add_row(*map(Text, row_cells))
    lines: list[RenderableType] = [grid] if rows else []
    lines += [Text(line, style="dim") for line in _unlisted(report, len(recovered))]
    return Padding(Group(*lines), (0, 0, 0, 2), expand=False)


def recovered_services(report: Report) -> list[ServicePart]:
    """Return the services that somebody or something recovered."""
    return [row for row in report.services if row.recoveries or row.human_recoveries]


def _unlisted(report: Report, recovered: int) -> list[str]:
    lines = []
    if recovered > _SHOWN:
        more = sum(row.recoveries for row in recovered_services(report)[_SHOWN:])
        rest = plural(recovered - _SHOWN, "more service")
        lines.append(f"and {rest} with {plural(more, 'recovery', 'recoveries')}")
    quiet = len(report.services) - recovered
    if quiet:
        others = plural(quiet, "other service" if recovered else "service")
        lines.append(f"{others} without a recovery")
    return lines


def _taken(columns: list[tuple[str, list[str]]]) -> int:
    """Return the columns of the terminal that these, the margin and the gaps take."""
    return 2 + sum(_cells(column) + 2 for column in columns) + 2


def _cells(column: tuple[str, list[str]]) -> int:
    return max(cell_len(text) for text in (column[0], *column[1]))


def read_from(report: Report) -> str:
    """Return what was read: where it came from, the time it covers, and how much it was."""
    parts = []
    if report.origin:
        shown = [_file(name) for name in report.origin[:_FILES]]
        rest = len(report.origin) - len(shown)
        parts.append(", ".join(shown) + (f" and {plural(rest, 'more file')}" if rest else ""))
    start, end = parse_instant(report.window.start), parse_instant(report.window.end)
    if start is not None and end is not None:
        parts.append(between(start, end))
    parts.append(plural(report.totals.received, "event"))
    return " · ".join(parts)


def _file(path: str) -> str:
    """Return a path as people know it: whole where it is short, else its end."""
    parts = path.split("/")
    if cell_len(path) > _NAME and len(parts) > 2:
        path = "/".join(["…", *parts[-2:]])
    return shorten(path, _NAME)


def service_name(row: ServicePart, report: Report) -> str:
    """Return a service's name, with its environment where the report has several."""
    name = row.display or row.service
    several = len({service.environment for service in report.services}) > 1
    return f"{name} ({row.environment})" if several and row.environment else name


def totals_lines(report: Report) -> list[str]:
    """Return what was read, what was done and how it went, as sentences."""
    totals = report.totals
    fates = [f"{number(totals.stored)} judged"]
    if totals.duplicates:
        fates.append(f"{number(totals.duplicates)} seen before")
    if totals.dead_letters:
        fates.append(f"{number(totals.dead_letters)} refused (dead letters)")
    lines = [f"{plural(totals.received, 'event')} read: {', '.join(fates)}."]
    ignored = sum(totals.ignored.values())
    if ignored:
        reasons = ", ".join(f"{number(n)} {name}" for name, n in sorted(totals.ignored.items()))
        lines.append(f"{plural(ignored, 'record')} held no event: {reasons}.")
    lines.append(
        f"{plural(totals.actions, 'action')} and {plural(totals.observations, 'observation')}; "
        f"{plural(totals.recoveries, 'automated recovery', 'automated recoveries')}."
    )
    lines.append(outcome_line(report.kpis))
    lines += incomplete_lines(report.kpis)
    extras = [
        (totals.late, "came too late to be judged"),
        (totals.recovery_overridden, "said otherwise than the rule whether they were recoveries"),
        (totals.capped_counts, "declared a count beyond the cap"),
        (totals.drilled, "belonged to declared drills"),
    ]
    lines += [f"{plural(count, 'event')} {what}." for count, what in extras if count]
    return lines


def incomplete_lines(kpis: Kpis) -> list[str]:
    """Return of which services too little was seen, the least complete first."""
    told = sorted(kpis.incomplete, key=lambda one: (one.share, one.service))
    lines = []
    for one in told[:_FILES]:
        start, end = parse_instant(one.start) or 0, parse_instant(one.end) or 0
        lines.append(
            f"Counts of {shorten(one.service, _NAME)} are too low: {percent(one.share)} of what "
            f"{one.counter} says was seen, {between(start, end)}."
        )
    if len(told) > _FILES:
        lines.append(f"So are those of {plural(len(told) - _FILES, 'more service')}.")
    return lines


def outcome_line(kpis: Kpis) -> str:
    """Return how automated recoveries went, with the share that nobody knows."""
    rate = kpis.auto_recovery_success
    if rate.rate is None or rate.low is None or rate.high is None:
        if kpis.unknown_share is None:
            return "There was no automated recovery to rate."
        return "How automated recoveries went is unknown: none of them reported an outcome."
    known = plural(rate.known, "automated recovery", "automated recoveries")
    text = (
        f"{percent(rate.rate)} of {known} with a known outcome succeeded "
        f"(95 % interval {percent(rate.low)} to {percent(rate.high)})"
    )
    return f"{text}; the outcome of {percent(kpis.unknown_share or 0.0)} is unknown."

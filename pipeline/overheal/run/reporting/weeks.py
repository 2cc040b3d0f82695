"""Which span of time a report is about: an ISO week, or whatever is asked for."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from overheal.errors import OptionError
from overheal.model import DAY, HOUR, MICROSECOND
from overheal.report.weekly.span import Span
from overheal.run.moments import back, in_order

WEEK = 7 * DAY
LONGEST = 31 * DAY
_LABEL = re.compile(r"([0-9]{4})-?W([0-9]{1,2})\Z", re.IGNORECASE)


def chosen(week: str | None, since: str | None, until: str | None, now: int) -> Span:
    """Return the span that options name; without any the last whole ISO week before `now`.

    Times are microseconds UTC, rounded outwards to whole hours. A week that is not over ends at
    `now`, one that has not begun is empty. Raises `OptionError` for what is no span, and for more
    than 31 days.
    """
    if week is not None:
        if since is not None or until is not None:
            raise OptionError("--week", "a week or --since and --until, not both")
        return _week(monday_of(week), now)
    if since is None and until is None:
        return _week(_monday_before(now) - WEEK, now)
    end = back("--until", until, now)
    end = now if end is None else end
    start = back("--since", since, now)
    start = end - WEEK if start is None else start
    in_order(start, end)
    if end - start > LONGEST:
        raise OptionError("--since", "a weekly report covers at most 31 days; ask for less")
    start, end = start // HOUR * HOUR, -(-end // HOUR) * HOUR
    return Span(start, end, end - start)


def label(monday: int) -> str:
    """Return the ISO name of the week that begins at `monday`, such as `2026-W47`."""
    year, number, _ = datetime.fromtimestamp(monday // MICROSECOND, UTC).isocalendar()
    return f"{year}-W{number:02}"


def monday_of(text: str) -> int:
    """Return when a week like 2026-W47 begins; raises `OptionError` saying what to write."""
    found = _LABEL.match(text.strip())
    if found is None:
        raise OptionError("--week", f"{text!r} is no week like 2026-W47")
    try:
        first = date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError:
        raise OptionError("--week", f"there is no week {text}; a year has 52 or 53") from None
    if not 1970 <= first.year < 2100:
        raise OptionError("--week", f"{text!r} lies outside 1970 to 2099")
    midnight = datetime(first.year, first.month, first.day, tzinfo=UTC)
    return int(midnight.timestamp()) * MICROSECOND


def _monday_before(now: int) -> int:
    moment = datetime.fromtimestamp(now // MICROSECOND, UTC)
    first = moment.date() - timedelta(days=moment.weekday())
    return int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp()) * MICROSECOND


def _week(monday: int, now: int) -> Span:
    end = max(monday, min(monday + WEEK, -(-now // HOUR) * HOUR))
    return Span(monday, end, WEEK, label(monday), over=end == monday + WEEK)

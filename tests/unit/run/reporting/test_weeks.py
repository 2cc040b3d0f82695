"""Which span a report is about."""

from __future__ import annotations

import pytest

from overheal.errors import OptionError
from overheal.model import DAY, HOUR
from overheal.run.reporting.weeks import chosen, label
from tests.unit.report.weekly.made import MONDAY, WEEK

WEDNESDAY = MONDAY + 2 * DAY + HOUR // 2


def test_the_default_is_the_last_whole_week():
    span = chosen(None, None, None, WEDNESDAY)
    assert (span.start, span.end, span.week, span.over) == (MONDAY - WEEK, MONDAY, "2026-W46", True)


def test_a_week_that_is_not_over_ends_now():
    span = chosen("2026-w47", None, None, WEDNESDAY)
    assert (span.start, span.end, span.over) == (MONDAY, MONDAY + 2 * DAY + HOUR, False)
    assert span.before.end == span.end - WEEK


def test_a_week_that_has_not_begun_is_empty():
    span = chosen("2026-W50", None, None, WEDNESDAY)
    assert span.start == span.end
    assert not span.over


def test_any_span_up_to_a_month_can_be_asked_for():
    span = chosen(None, "3d", None, WEDNESDAY)
    assert (span.end - span.start, span.week) == (3 * DAY + HOUR, "")
    assert chosen(None, None, "2026-11-18", WEDNESDAY).start == MONDAY - 5 * DAY


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("2026-W54", None, None), "no week"),
        (("last", None, None), "no week like"),
        (("1900-W01", None, None), "outside 1970"),
        (("2026-W47", "3d", None), "not both"),
        ((None, "2026-11-18", "2026-11-17"), "is not before"),
        ((None, "2026-11-18", "2026-11-18"), "is not before"),
        ((None, "60d", None), "31 days"),
        ((None, "soon", None), "neither"),
    ],
)
def test_what_is_no_span_is_refused(options, words):
    with pytest.raises(OptionError, match=words):
        chosen(*options, WEDNESDAY)


def test_weeks_are_named_as_iso_names_them():
    assert label(MONDAY) == "2026-W47"
    assert label(1_798_416_000_000_000) == "2026-W53"

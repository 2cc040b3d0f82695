from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from overheal.report import words
from overheal.state.words import listed, percent

NOON = 1_795_176_000_000_000  # 2026-11-20 12:00:00 UTC
DAY = 86_400_000_000


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 s"),
        (0.25, "250 ms"),
        (0.9999, "1 s"),
        (2.5, "2.5 s"),
        (9.96, "10 s"),
        (59.7, "1 min"),
        (60, "1 min"),
        (260, "4 min 20 s"),
        (599.8, "10 min"),
        (3599.9, "1 h"),
        (12_000, "3 h 20 min"),
        (86_399, "1 day"),
        (93_600, "1 day 2 h"),
        (259_200, "3 days"),
        (8_640_000, "100 days"),
        (-150, "-2 min 30 s"),
        (float("inf"), "without end"),
        (float("nan"), "without end"),
    ],
)
def test_a_duration_has_at_most_two_units(seconds, expected):
    assert words.duration(seconds) == expected


@given(st.floats(min_value=0, max_value=1e12))
def test_no_duration_reads_sixty_of_a_smaller_unit(seconds):
    said = words.duration(seconds)
    assert "60 s" not in said.split(" min ")[-1].split()
    assert not said.endswith((" 60 s", " 60 min", " 24 h"))


def test_times_are_told_relative_to_a_given_now():
    assert words.ago(NOON - 3 * DAY, NOON) == "3 days ago"
    assert words.ago(NOON + 240_000_000, NOON) == "in 4 min"
    assert words.ago(NOON, NOON) == "just now"
    assert words.before_end(NOON - 720_000_000, NOON) == "12 min before the end"
    assert words.before_end(NOON, NOON) == "at the end"
    assert words.before_end(NOON, None) == ""


def test_a_time_names_its_day_where_it_is_another():
    assert words.clock_beside(NOON, NOON + 1) == "12:00:00 UTC"
    assert words.clock_beside(NOON, NOON + DAY) == "12:00:00 UTC on 20 Nov 2026"
    assert words.between(NOON, NOON + 2 * DAY) == "12:00 on 20 Nov 2026 to 12:00 on 22 Nov 2026 UTC"


@pytest.mark.parametrize("at", [0, NOON, NOON + 1, NOON + 500_000])
def test_an_instant_survives_being_written(at):
    assert words.parse_instant(words.rfc3339(at)) == at


@pytest.mark.parametrize("junk", [None, 3, "", "soon", "2026-11-20T12:00:00", "0001-01-01", [], {}])
def test_what_is_no_instant_is_none(junk):
    assert words.parse_instant(junk) is None


@pytest.mark.parametrize("at", [10**20, -(10**20), 2**62])
def test_a_time_beyond_the_calendar_is_still_written(at):
    assert words.rfc3339(at).endswith("Z")


@given(st.text())
def test_clean_text_is_printable_and_cleaning_again_changes_nothing(text):
    once = words.clean(text)
    assert once.isprintable()
    assert words.clean(once) == once


@pytest.mark.parametrize(
    "char",
    [
        "\x1b",
        "\x00",
        "\x07",
        "\n",
        "\r",
        "\x7f",
        "\x9b",
        "\u202e",
        "\u2066",
        "\u200b",
        "\ufeff",
        "\u2028",
        "\ue000",
        "\U000e0041",
    ],
)
def test_what_acts_on_a_terminal_is_made_visible(char):
    cleaned = words.clean(f"a{char}b")
    assert char not in cleaned
    assert cleaned.startswith("a")
    assert cleaned.endswith("b")
    assert len(cleaned) > 2


def test_ordinary_text_of_any_script_stays_as_it_is():
    for text in ("café", "服务", "сервис", "خدمة", "a b/c-d_e"):
        assert words.clean(text) == text


def test_cleaning_a_tree_reaches_keys_and_lists():
    assert words.clean_tree({"\x1b": ["\x00", {"a": "\u202e"}], "n": 1}) == {
        "␛": ["␀", {"a": "\\u202e"}],
        "n": 1,
    }


@given(st.text(max_size=60), st.integers(0, 40))
def test_a_shortened_name_fits_and_keeps_both_ends(text, cells):
    short = words.shorten(words.clean(text), cells)
    assert cell_len(short) <= cells


def test_a_name_loses_its_middle():
    assert words.shorten("horizontal-pod-autoscaler", 13) == "horizo…scaler"
    assert (
        words.shorten("服务服务服务", 7) == "服…务"
        or cell_len(words.shorten("服务服务服务", 7)) <= 7
    )


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.0, "0 %"), (1.0, "100 %"), (0.999, "over 99 %"), (0.001, "under 1 %"), (0.74, "74 %")],
)
def test_not_quite_all_never_reads_as_all(share, expected):
    assert percent(share) == expected


def test_counts_have_their_nouns():
    assert words.plural(1, "event") == "1 event"
    assert words.plural(2000, "event") == "2,000 events"
    assert words.plural(2, "recovery", "recoveries") == "2 recoveries"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed([]) == ""

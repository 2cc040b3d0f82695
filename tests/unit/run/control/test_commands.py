"""Declaring, listing and ending, at a desk that keeps records in memory."""

from __future__ import annotations

from typing import Any, Self

import msgspec
import pytest

from overheal.declared import Declared, Record
from overheal.drills import DeclaredDrill
from overheal.errors import InputError, OptionError
from overheal.expectations import Expectation, parse_rate
from overheal.run.control import drilling, expecting
from overheal.run.control.desk import checked
from overheal.run.control.records import is_declared, read_record, record_of, spoken
from overheal.run.moments import ahead, moment, relative
from overheal.store import StoredRecovery

NOW = 1_795_205_297_000_000
SECOND = 1_000_000
HOUR = 3600 * SECOND


class Memory:
    """A desk whose records hold from five seconds after they are written on."""

    lead = 5 * SECOND

    def __init__(self, recoveries: list[StoredRecovery] | None = None) -> None:
        self.records: list[Record] = []
        self.known = recoveries

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def declared(self) -> Declared:
        found = Declared()
        for record in self.records:
            found.add(record)
        return found

    def write(self, record: Record) -> None:
        self.records.append(record)

    def recoveries(self, service: str, start: int, end: int) -> list[StoredRecovery] | None:
        return self.known

    def check_service(self, name: str) -> str:
        return ""


def wanted(**changes: Any) -> expecting.Wanted:
    fields = {
        "service": "checkout",
        "count": 12,
        "per": "hour",
        "until": "7d",
        "owner": "payments",
        "reason": "import",
    }
    return expecting.Wanted(**{**fields, **changes})


def drill(**changes: Any) -> drilling.Wanted:
    fields = {"id": "d", "services": ("checkout",), "owner": "web"}
    return drilling.Wanted(**{**fields, **changes})


# -- rates and times -----------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "rate"), [("12/hour", (12, "hour")), (" 3 / DAY ", (3, "day"))])
def test_a_rate_is_a_whole_number_per_hour_or_day(text, rate):
    assert parse_rate(text) == rate


@pytest.mark.parametrize(
    "text", ["", "12", "0/hour", "-3/day", "1.5/hour", "12/week", "2001/hour", "x/hour", "1/"]
)
def test_an_impossible_rate_is_refused_with_an_example(text):
    with pytest.raises(OptionError, match=r"--rate: .*(12/hour|at least 1)"):
        parse_rate(text)


def test_a_time_is_a_moment_or_a_span():
    assert ahead("--until", "2h", NOW) == NOW + 2 * HOUR
    assert ahead("--until", "2026-11-20T20:08:17Z", 0) == NOW
    assert ahead("--until", "2026-11-20T20:08:17", 0) == NOW
    assert moment("--now", "2026-11-20T21:08:17.5+01:00") == NOW + SECOND // 2


@pytest.mark.parametrize("text", ["soon", "7 days", "2101-01-01", "999999w", "-3h", ""])
def test_anything_else_is_refused_with_its_option(text):
    with pytest.raises(OptionError, match="--until: "):
        ahead("--until", text, NOW)


def test_times_are_told_in_utc_and_relative():
    assert relative(NOW, NOW - 2 * HOUR) == "2026-11-20 20:08:17 UTC (in 2 h)"
    assert relative(NOW, NOW + 30 * SECOND) == "2026-11-20 20:08:17 UTC (30 s ago)"
    assert relative(NOW, NOW) == "2026-11-20 20:08:17 UTC (now)"


# -- expectations --------------------------------------------------------------------------------


def test_an_expectation_holds_from_the_lead_on_until_its_end():
    desk = Memory()
    made, is_new = expecting.add(desk, wanted(), NOW)
    assert is_new
    assert (made.since, made.until) == (NOW + desk.lead, NOW + 7 * 24 * HOUR)
    assert made.id.startswith("expect-")


@pytest.mark.parametrize("until", ["7d", "2026-11-27T20:08:17Z"])
def test_the_same_again_is_not_declared_twice(until):
    desk = Memory()
    first, _ = expecting.add(desk, wanted(until=until), NOW)
    again, is_new = expecting.add(desk, wanted(until=until), NOW + HOUR)
    assert (again, is_new) == (first, False)
    assert len(desk.records) == 1


@pytest.mark.parametrize(
    "changes",
    [{"until": "8d"}, {"owner": "x"}, {"count": 13}, {"detector": "thrashing"}, {"reason": "y"}],
    ids=str,
)
def test_something_else_is_declared_beside_it(changes):
    desk = Memory()
    first, _ = expecting.add(desk, wanted(), NOW)
    other, is_new = expecting.add(desk, wanted(**changes), NOW + HOUR)
    assert is_new
    assert other.id != first.id


def test_what_was_removed_can_be_declared_again_under_another_id():
    desk = Memory()
    first, _ = expecting.add(desk, wanted(until="2026-11-27T20:08:17Z"), NOW)
    removed, held = expecting.remove(desk, first.id, NOW + HOUR)
    assert held
    assert removed.end == NOW + HOUR + desk.lead
    again, is_new = expecting.add(desk, wanted(until="2026-11-27T20:08:17Z"), NOW + 2 * HOUR)
    assert is_new
    assert again.id == f"{first.id}-2"


@pytest.mark.parametrize("until", ["0s", "3s", "2026-11-20T20:08:17Z", "2020-01-01T00:00:00Z"])
def test_an_end_in_the_past_is_refused(until):
    with pytest.raises(OptionError, match=r"--until: .* is over"):
        expecting.add(Memory(), wanted(until=until), NOW)


def test_removing_what_nobody_declared_names_the_nearest_and_twice_is_once():
    desk = Memory()
    made, _ = expecting.add(desk, wanted(), NOW)
    with pytest.raises(InputError, match=f"did you mean '{made.id}'"):
        expecting.remove(desk, made.id[:-1], NOW)
    expecting.remove(desk, made.id, NOW + HOUR)
    _, held = expecting.remove(desk, made.id, NOW + 2 * HOUR)
    assert not held
    assert desk.declared().expectations[made.id].end == NOW + HOUR + desk.lead
    assert len(desk.records) == 2


def test_a_list_says_how_each_stands():
    desk = Memory()
    made, _ = expecting.add(desk, wanted(until="2h"), NOW)

    def state(now):
        (one,) = expecting.listed(desk, now)
        return one.state

    assert state(NOW) == "planned"
    assert state(made.since) == "active"
    assert state(made.until) == "ended"
    expecting.remove(desk, made.id, NOW + HOUR)
    assert state(NOW + HOUR + desk.lead) == "removed"


def stored(at: int, count: int = 1, service: str = "shop/checkout") -> StoredRecovery:
    return StoredRecovery("production", service, at, at, at, f"e{at}", count)


def test_void_is_worked_out_from_stored_recoveries_as_the_stage_does():
    desk = Memory([])
    made, _ = expecting.add(desk, wanted(count=2), NOW)
    start = made.since
    desk.known = [stored(start - 1), stored(start), stored(start + SECOND)]
    desk.known += [stored(start + 2, service="other"), stored(start + 2 * SECOND)]
    assert expecting.listed(desk, NOW + HOUR)[0].state == "active"
    desk.known.append(stored(start + 3 * SECOND))
    (one,) = expecting.listed(desk, NOW + HOUR)
    assert (one.state, one.void_at) == ("void", start + 3 * SECOND)
    desk.known = None
    assert expecting.listed(desk, NOW + HOUR)[0].state == "active"


# -- drills --------------------------------------------------------------------------------------


def test_a_drill_takes_two_hours_from_now_on_unless_told_otherwise():
    made, is_new = drilling.start(Memory(), drill(), NOW)
    assert is_new
    assert (made.since, made.until) == (NOW + 5 * SECOND, NOW + 5 * SECOND + 2 * HOUR)


def test_a_span_is_the_length_of_a_planned_drill():
    made, _ = drilling.start(Memory(), drill(start="1d", until="3h"), NOW)
    assert (made.since, made.until) == (NOW + 24 * HOUR, NOW + 27 * HOUR)


@pytest.mark.parametrize(
    ("start", "until", "words"),
    [
        (None, "2026-11-20T20:00:00Z", "--until: .* is over"),
        ("2026-11-20T20:00:00Z", None, "--from: .* is over"),
        ("2026-11-21T00:00:00Z", "2026-11-20T23:00:00Z", "--until: .* does not lie after"),
        ("2026-11-21T00:00:00Z", "2026-11-21T00:00:00Z", "--until: .* does not lie after"),
        (None, "tomorrow", "--until: 'tomorrow'"),
    ],
)
def test_a_window_that_cannot_be_is_refused_with_its_option(start, until, words):
    with pytest.raises(OptionError, match=words):
        drilling.start(Memory(), drill(start=start, until=until), NOW)


def test_the_same_start_again_is_once_and_another_with_its_id_is_refused():
    desk = Memory()
    first, _ = drilling.start(desk, drill(until="3h"), NOW)
    assert drilling.start(desk, drill(until="3h"), NOW + HOUR) == (first, False)
    for other in (
        {"services": ("cart",)},
        {"no_automation": True},
        {"owner": "x"},
        {"until": "4h"},
    ):
        with pytest.raises(InputError, match="choose another id"):
            drilling.start(desk, drill(**{"until": "3h", **other}), NOW + HOUR)
    drilling.end(desk, "d", NOW + HOUR)
    with pytest.raises(InputError, match="was ended"):
        drilling.start(desk, drill(until="3h"), NOW + 2 * HOUR)


def test_of_two_who_start_drills_of_one_id_at_once_the_second_is_told():
    desk = Memory()

    def write(record: Record) -> None:
        assert isinstance(record, DeclaredDrill)
        desk.records += [msgspec.structs.replace(record, owner="somebody else"), record]

    desk.write = write  # type: ignore[method-assign]
    with pytest.raises(InputError, match="is another one"):
        drilling.start(desk, drill(), NOW)


def test_a_drill_can_be_ended_and_a_planned_one_called_off():
    desk = Memory()
    drilling.start(desk, drill(), NOW)
    drilling.start(desk, drill(id="later", start="1d"), NOW)
    assert [one.state for one in drilling.listed(desk, NOW + HOUR)] == ["active", "planned"]
    ended = drilling.end(desk, "d", NOW + HOUR)
    assert ended.end == NOW + HOUR + desk.lead
    assert drilling.end(desk, "d", NOW + 2 * HOUR) == ended
    drilling.end(desk, "later", NOW + HOUR)
    states = [one.state for one in drilling.listed(desk, NOW + 48 * HOUR)]
    assert states == ["ended", "ended"]
    assert desk.declared().drill_at("checkout", "shop", NOW + 25 * HOUR) == ""


def test_ending_what_is_not_or_is_over_is_refused():
    desk = Memory()
    drilling.start(desk, drill(id="game-day"), NOW)
    with pytest.raises(InputError, match="did you mean 'game-day'"):
        drilling.end(desk, "gameday", NOW)
    with pytest.raises(InputError, match="is over since"):
        drilling.end(desk, "game-day", NOW + 3 * HOUR)


# -- records -------------------------------------------------------------------------------------

RECORDS: list[Record] = [
    Expectation(id="e", service="s", count=1, per="day", owner="o", reason="r", since=1, until=2),
    DeclaredDrill(id="d", since=1, until=2, services=("a",), ended_at=2, no_automation=True),
]


@pytest.mark.parametrize("record", RECORDS)
def test_a_record_is_read_as_it_was_written(record):
    key, value = record_of(record)
    assert is_declared(key)
    assert read_record(value) == record
    assert record.id in spoken(record)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{}",
        b'{"kind":"silence","id":"x"}',
        b'{"kind":"drill","id":"x","since":5,"until":5}',
        b'{"kind":"drill","id":"x","since":5}',
        record_of(RECORDS[0])[1].replace(b'"count":1', b'"count":0'),
        record_of(RECORDS[0])[1].replace(b'"day"', b'"year"'),
    ],
)
def test_what_is_none_is_refused(value):
    with pytest.raises(msgspec.DecodeError):
        read_record(value)


def test_the_first_record_of_an_id_says_what_it_is_and_the_earliest_end_holds():
    known = Declared()
    first = RECORDS[0]
    assert isinstance(first, Expectation)
    ends = [msgspec.structs.replace(first, owner="x", removed_at=at) for at in (9, 4, 7)]
    assert [known.add(one) for one in (first, first, *ends)] == [True, False, True, True, False]
    assert known.expectations["e"] == msgspec.structs.replace(first, removed_at=4)


def test_a_short_name_that_fits_several_is_refused_and_an_unknown_one_is_mentioned():
    names = ["eu/shop/api", "eu/billing/api", "checkout"]
    with pytest.raises(Exception, match="eu/billing/api, eu/shop/api; write the full name"):
        checked("api", names)
    assert checked("eu/shop/api", names) == checked("checkout", names) == checked("x", []) == ""
    assert "did you mean 'checkout'" in checked("chekout", names)

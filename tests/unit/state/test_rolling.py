"""The rolling count against counting everything anew."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.state.moments import Member
from overheal.state.rolling import BURSTS_KEPT, SINGLES_KEPT, RollingCount

WIDTH = 100
events = st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from([1, 1, 1, 2, 7]), st.integers(0, 150)),
    min_size=1,
    max_size=40,
)


def member(number: int, at: int, count: int = 1) -> Member:
    return Member(at, f"e{number:04d}", "", "", "", count)


def filled(drawn) -> tuple[RollingCount, list[tuple[int, int, int]]]:
    window, plain = RollingCount(WIDTH), []
    for number, (at, count, before) in enumerate(drawn):
        first = at if count == 1 else at - before
        window.add(member(number, at, count), first)
        plain.append((at, first, count))
    return window, plain


def counted(plain, now: int) -> int:
    inside = [(first, count) for at, first, count in plain if now - WIDTH < at <= now]
    return sum(count if first > now - WIDTH else 1 for first, count in inside)


@given(events, st.integers(-10, 600))
def test_the_count_is_what_must_lie_in_the_window(drawn, now):
    window, plain = filled(drawn)
    assert window.count(now) == counted(plain, now)


@given(events, st.integers(0, 400))
def test_the_highest_count_is_that_of_the_fullest_window(drawn, since):
    window, plain = filled(drawn)
    ends = sorted({at for at, *_ in plain if at >= since})
    best = max([counted(plain, end) for end in ends], default=0)
    found, end, _ = window.peak(since, 0)
    assert found == best
    assert not best or end == next(end for end in ends if counted(plain, end) == best)


@given(events, st.integers(0, 8))
@settings(max_examples=200)
def test_it_tells_when_the_count_fell_to_the_limit_for_good(drawn, limit):
    window, plain = filled(drawn)
    times = sorted({at for at, *_ in plain} | {at + WIDTH for at, *_ in plain})
    times = sorted({*times, *(first + WIDTH for _, first, _ in plain)})
    over = [time for time in times if counted(plain, time) > limit]
    since = min(at for at, *_ in plain)
    wanted = None if not over else times[times.index(over[-1]) + 1]
    assert window.peak(since, limit).calm_from == wanted


@given(events)
def test_forgetting_what_is_older_than_the_window_changes_nothing(drawn):
    window, plain = filled(sorted(drawn))
    newest = max(at for at, *_ in plain)
    window.forget_before(newest - WIDTH)
    assert window.count(newest) == counted(plain, newest)


def test_memory_is_bounded_and_the_count_then_a_lower_bound():
    window = RollingCount(10**9)
    for number in range(20_000):
        window.add(member(number, number), number)
        window.add(member(number, number, 3), number)
    assert len(window.singles) <= SINGLES_KEPT
    assert len(window.bursts) <= BURSTS_KEPT
    assert SINGLES_KEPT * 0.9 <= window.count(20_000) <= SINGLES_KEPT + 3 * BURSTS_KEPT

"""Which partition's records go first, and whom nobody waits for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from overheal.kafka.polled import Polled
from overheal.model import HOUR, MICROSECOND
from overheal.run.held import LOOKED_AT
from overheal.run.ingest.in_step import QUIET_SECONDS, SILENT_SECONDS, SLACK, InStep

NOW = 100 * HOUR
MANY = 100_000


def polled(partition: int, times: Sequence[int], first: int = 0, size: int = 10) -> Polled:
    count = len(times)
    offsets = list(range(first, first + count))
    return Polled(
        partition, [b"x" * size] * count, [None] * count, offsets, list(times), [None] * count
    )


def in_step(ends: Mapping[int, int], **options: int) -> InStep:
    made = InStep(lambda partition: ends[partition], **options)
    for partition in ends:
        made.begin(partition, 0)
    return made


def seconds(*values: float) -> list[int]:
    return [NOW - HOUR + int(value * MICROSECOND) for value in values]


def given_out(step: InStep, most: int = MANY) -> list[tuple[int, int]]:
    return [(one.partition, offset) for one in step.release(most) for offset in one.offsets]


def test_what_is_ahead_waits_until_the_other_has_come_as_far():
    step = in_step({0: 3, 1: 2})
    step.add(polled(0, seconds(0, 100, 200)), NOW)
    assert given_out(step) == []
    step.add(polled(1, seconds(50, 190)), NOW)
    assert given_out(step) == [(0, 0), (1, 0), (0, 1), (0, 2), (1, 1)]


def test_a_partition_at_its_end_is_not_waited_for():
    step = in_step({0: 100, 1: 1})
    step.add(polled(1, seconds(0)), NOW)
    step.add(polled(0, seconds(0, 500, 1000)), NOW)
    assert given_out(step) == [(0, 0), (1, 0), (0, 1), (0, 2)]


def test_an_end_that_was_heard_long_ago_is_believed_only_after_a_quiet_second():
    step = in_step({0: 100, 1: 0})
    step.add(polled(0, seconds(0, 500)), NOW)
    assert given_out(step) == []
    step.listened(QUIET_SECONDS)
    assert given_out(step) == [(0, 0), (0, 1)]
    step.interrupted()
    step.add(polled(0, seconds(600), first=2), NOW)
    assert given_out(step) == []


def test_silence_ends_the_waiting_and_a_record_begins_it_again():
    step = in_step({0: 100, 1: 100})
    step.add(polled(0, seconds(0)), NOW)
    step.listened(SILENT_SECONDS - 0.1)
    assert given_out(step) == []
    step.listened(0.1)
    assert given_out(step) == [(0, 0)]
    step.add(polled(1, seconds(0)), NOW)
    step.add(polled(0, seconds(400), first=1), NOW)
    assert given_out(step) == [(1, 0)]


def test_a_partition_that_is_given_away_takes_what_waits_along_and_frees_the_others():
    step = in_step({0: 2, 1: 2, 2: 100})
    step.add(polled(0, seconds(0, 1000)), NOW)
    step.add(polled(1, seconds(5, 500)), NOW)
    assert given_out(step) == []
    step.add(polled(2, seconds(900)), NOW)
    step.forget([2])
    assert given_out(step) == [(0, 0), (1, 0), (1, 1), (0, 1)]
    assert step.holding == set()


def test_what_holds_more_than_its_share_is_paused_until_half_of_it_is_gone():
    step = in_step({0: 100, 1: 1000}, most_bytes=20_000)
    step.add(polled(0, seconds(*range(0, 1200, 40)), size=100), NOW)
    assert step.turn() == ({0}, set())
    assert step.turn() == (set(), set())
    step.add(polled(1, seconds(*[300] * LOOKED_AT)), NOW)
    given_out(step)
    assert step.turn() == (set(), set())
    step.add(polled(1, seconds(*[900] * LOOKED_AT), first=LOOKED_AT), NOW)
    given_out(step)
    assert step.turn() == (set(), {0})


def test_one_round_gives_out_no_more_than_it_is_asked_for():
    step = in_step({0: 10})
    step.add(polled(0, seconds(*range(10))), NOW)
    assert given_out(step, 4) == [(0, offset) for offset in range(4)]
    assert given_out(step, MANY) == [(0, offset) for offset in range(4, 10)]


def test_a_time_that_lies_ahead_holds_neither_its_own_partition_nor_others():
    step = in_step({0: 1000, 1: 1000})
    true = seconds(*range(0, 1000, 2))
    lying = [at + HOUR // 2 if number % 30 == 0 else at for number, at in enumerate(true)]
    step.add(polled(0, lying), NOW)
    step.add(polled(1, true), NOW)
    found = given_out(step)
    newest = 0
    for partition, offset in found:
        newest = max(newest, true[offset])
        assert newest - true[offset] <= 2 * SLACK, (partition, offset)
    assert len(found) > 900


def test_a_few_records_that_lie_ahead_do_not_let_the_others_run_on():
    step = in_step({0: 1000, 1: 1000})
    step.add(polled(0, seconds(*range(LOOKED_AT))), NOW)
    step.add(polled(1, seconds(*range(LOOKED_AT))), NOW)
    assert len(given_out(step)) > LOOKED_AT
    step.add(polled(0, seconds(3000), first=LOOKED_AT), NOW)
    step.add(polled(1, seconds(*range(200, 200 + LOOKED_AT)), first=LOOKED_AT), NOW)
    assert (1, LOOKED_AT) not in given_out(step)
    step.add(polled(0, seconds(*range(200, 200 + LOOKED_AT)), first=LOOKED_AT + 1), NOW)
    assert {(0, LOOKED_AT), (1, LOOKED_AT)} <= set(given_out(step))


def test_a_clock_ahead_of_the_present_counts_as_the_present():
    step = in_step({0: 1, 1: 2})
    step.add(polled(0, [NOW + 10 * HOUR]), NOW)
    step.add(polled(1, [NOW - MICROSECOND, NOW]), NOW)
    assert len(given_out(step)) == 3


def test_records_without_a_time_hold_nobody_and_wait_for_nobody():
    step = in_step({0: 100, 1: 100})
    step.add(polled(0, [0, 0]), NOW)
    step.add(polled(1, seconds(0)), NOW)
    assert sorted(given_out(step)) == [(0, 0), (0, 1), (1, 0)]


chunks = st.lists(
    st.tuples(st.integers(0, 3), st.lists(st.integers(0, 600), min_size=1, max_size=40)),
    max_size=30,
)


@given(chunks, st.integers(1, 50))
def test_everything_comes_out_once_in_the_order_of_its_partition(found, most):
    """Whatever the times are; and once every end is known, all of it is out."""
    counts = dict.fromkeys(range(4), 0)
    step, out = in_step(counts, most_bytes=5_000), []
    for partition, times in found:
        step.add(polled(partition, seconds(*times), counts[partition]), NOW)
        counts[partition] += len(times)
        out += given_out(step, most)
        step.turn()
    for _ in range(2_000):
        step.listened(SILENT_SECONDS)
        out += given_out(step, most)
        step.turn()
    assert step.paused == step.holding == set()
    for partition, count in counts.items():
        assert [at for one, at in out if one == partition] == list(range(count))


@given(st.lists(st.lists(st.integers(0, 3600), min_size=1, max_size=60), min_size=4, max_size=4))
def test_honest_times_come_out_in_order_within_the_slack(found):
    times = {partition: seconds(*sorted(values)) for partition, values in enumerate(found)}
    step = in_step({partition: len(values) for partition, values in times.items()})
    out = []
    for start in range(0, 60, 7):
        for partition, values in times.items():
            part = values[start : start + 7]
            if part:
                step.add(polled(partition, part, start), NOW)
            out += given_out(step, 13)
    for _ in range(100):
        out += given_out(step, 13)
    newest = 0
    for partition, offset in out:
        newest = max(newest, times[partition][offset])
        assert newest - times[partition][offset] <= SLACK
    assert len(out) == sum(map(len, times.values()))

"""A history whose parts arrive out of order ends where the sorted one does."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.state.timeline import Key, Teller, Timeline

REACH = 100


class Log(msgspec.Struct):
    told: list[int] = []


class Telling(Teller[Log, int, bytes]):
    def __init__(self, times: list[int]) -> None:
        self.times = times

    def tell(self, state: Log, item: int) -> None:
        state.told.append(item)

    def save(self, state: Log) -> bytes:
        return msgspec.msgpack.encode(state)

    def load(self, saved: bytes) -> Log:
        return msgspec.msgpack.decode(saved, type=Log)

    def key(self, item: int) -> Key:
        return key(self.times[item], item)

    def pack(self, item: int) -> bytes:
        return str(item).encode()

    def unpack(self, logged: bytes) -> int:
        return int(logged)


def timeline(times: list[int]) -> Timeline[Log, int, bytes]:
    return Timeline(Log(), REACH, Telling(times))


def key(time: int, item: int) -> Key:
    return (time, 0, "", f"{item:05d}")


@given(
    gaps=st.lists(st.sampled_from([0, 0, 1, 7, 60, 300]), min_size=1, max_size=60),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=300, deadline=None)
def test_whatever_the_order_batches_and_restarts_the_history_is_told_in_order(gaps, seed):
    rng = random.Random(seed)
    times = [sum(gaps[: number + 1]) for number in range(len(gaps))]
    items = [(key(time, number), number) for number, time in enumerate(times)]
    arrived = sorted(items, key=lambda item: item[0][0] + rng.uniform(0, REACH * 0.99))
    kept, watermark = timeline(times), 0
    while arrived:
        size = rng.randint(1, 6)
        batch, arrived = arrived[:size], arrived[size:]
        watermark = max(watermark, max(found[0][0] for found in batch) - REACH)
        kept.add(sorted(batch), watermark if rng.random() < 0.7 else 0)
        if rng.random() < 0.5:
            kept.forget_before(watermark)
        if rng.random() < 0.2:
            again = timeline(times)
            again.state = msgspec.msgpack.decode(msgspec.msgpack.encode(kept.state), type=Log)
            again.revive(kept.reach())
            kept = again
    assert kept.state.told == [number for _, number in sorted(items)]


def test_what_is_settled_by_the_end_of_a_batch_is_not_logged():
    kept = timeline([])
    kept.add([(key(time, time), time) for time in range(0, 1000, 10)], settled=900)
    assert kept.logged == 10
    kept.forget_before(2000)
    assert kept.logged == 0


@pytest.mark.parametrize("jitter", [0.0, 3.0, 30.0])
def test_what_comes_a_little_late_again_and_again_is_told_a_few_times_and_not_hundreds(jitter):
    rng, number = random.Random(7), 6_000
    times = list(range(number))
    kept = Timeline(Log(), 10_000, Telling(times))
    told = 0

    def tell(state: Log, item: int) -> None:
        nonlocal told
        told += 1
        state.told.append(item % 2)

    kept._teller.tell = tell  # type: ignore[method-assign]
    arrived = sorted(times, key=lambda item: item + rng.uniform(0, jitter))
    for start in range(0, number, 5):
        batch = arrived[start : start + 5]
        kept.add(sorted((key(item, item), item) for item in batch))
    assert len(kept.state.told) == number
    assert told <= number * (1 + jitter / 2 + 8)
    assert len(kept._copies) <= 20

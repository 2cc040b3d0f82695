"""Activity packed by the second: as a dictionary of all of it would have it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from overheal.model import MICROSECOND, Activity, Target
from overheal.stages.activity import key_of
from overheal.stages.seconds import SMALL, Seconds, folded, unfolded

START = 1_700_000_000 * MICROSECOND


def made(second: int, name: int, value: int = 0) -> Activity:
    at = START + second * MICROSECOND
    target = Target("Deployment", f"service-{name}")
    key = (at, f"e{second}-{name}-{value}")
    return Activity(
        "shop", "scaler", "", target, "replicas", at, 1, value, "checkout", "production", "scale",
        "demand", 1, (key[1],), key, key,
    )  # fmt: skip


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 30), st.integers(0, 3)), max_size=200),
    st.integers(0, 200),
)
def test_what_was_put_last_is_found_until_its_second_is_forgotten(steps, edge):
    seconds, known = Seconds(), dict[tuple[int, str], Activity]()
    for second, name, value in steps:
        activity = made(second, name, value)
        assert seconds.get(key_of(activity)) == known.get(key_of(activity))
        seconds.put({key_of(activity): activity})
        known[key_of(activity)] = activity
    assert all(seconds.of(key) == activity for key, activity in known.items())
    seconds.forget_before(START + edge * MICROSECOND)
    for key, activity in known.items():
        found = seconds.get(key)
        assert found == activity or (found is None and key[0] < START + edge * MICROSECOND)


def test_a_busy_second_takes_a_few_bytes_for_each():
    seconds = Seconds()
    few, many = [made(1, 1)], [made(2, name) for name in range(500)]
    seconds.put({key_of(one): one for one in few})
    assert seconds.weight < SMALL
    seconds.put({key_of(one): one for one in many})
    assert seconds.weight < 500 * 40
    assert [seconds.get(key_of(one)) for one in [*few, *many]] == [*few, *many]


def test_keys_come_out_of_a_block_as_they_went_in():
    keys = [key_of(made(second, name)) for second in range(3) for name in range(9)]
    assert unfolded(folded(keys)) == keys

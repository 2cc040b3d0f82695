"""What people may write as a setting, and what is refused."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from overheal.detect.base import Settings, setting
from overheal.detect.settings import build
from overheal.errors import ConfigError


@dataclasses.dataclass(frozen=True)
class Sample(Settings):
    """One setting of each kind."""

    strict: bool = setting(
        False, unit="yes or no", bound="inclusive", meaning="whether it is strict"
    )
    limit: int = setting(3, unit="events", bound="inclusive", meaning="this many are enough")
    free: int = setting(3, unit="events", bound="exclusive", meaning="more than this is much")
    hours: float = setting(2.0, unit="hours", bound="inclusive", meaning="for how long it lasts")


@pytest.mark.parametrize("value", [True, False])
def test_a_yes_or_no_takes_true_and_false(value):
    assert build(Sample, {"strict": value}, "sample").strict is value


@pytest.mark.parametrize("value", [0, 1, 1.0, "true", "no", None])
def test_a_yes_or_no_takes_nothing_else(value):
    with pytest.raises(ConfigError, match=r"sample\.strict: expected true or false, found"):
        build(Sample, {"strict": value}, "sample")


@pytest.mark.parametrize("key", ["limit", "hours"])
@pytest.mark.parametrize("value", [True, False])
def test_a_number_is_no_yes_or_no(key, value):
    with pytest.raises(ConfigError, match=rf"sample\.{key}: expected (int|float)"):
        build(Sample, {key: value}, "sample")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"limit": 2.5}, "expected int"),
        ({"limit": 0}, "positive"),
        ({"free": -1}, "positive"),
        ({"hours": float("inf")}, "finite"),
        ({"hours": float("nan")}, "finite"),
        ({"hour": 2}, "did you mean 'hours'"),
    ],
)
def test_what_cannot_be_is_named_with_the_remedy(values: dict[str, Any], words: str):
    with pytest.raises(ConfigError, match=words):
        build(Sample, values, "sample")


def test_what_can_be_is_taken_as_its_default_is_written():
    found = build(Sample, {"limit": 7, "free": 0, "hours": 3}, "sample")
    assert (found.limit, found.free, found.hours) == (7, 0, 3.0)
    assert type(found.hours) is float
    assert found.strict is False

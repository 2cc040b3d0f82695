"""A key lies where the Java clients put it."""

from __future__ import annotations

import pytest

from overheal.kafka.partitioning import murmur2, partition_of

FROM_KAFKAS_OWN_TESTS = [
    (b"21", -973932308),
    (b"foobar", -790332482),
    (b"a-little-bit-long-string", -985981536),
    (b"a-little-bit-longer-string", -1486304829),
    (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
    (b"abc", 479470107),
]


@pytest.mark.parametrize(("key", "expected"), FROM_KAFKAS_OWN_TESTS)
def test_the_hash_is_that_of_the_java_clients(key, expected):
    assert murmur2(key) == expected


def test_every_key_has_a_partition_of_those_there_are():
    assert {partition_of(b"production/%d" % number, 7) for number in range(500)} == set(range(7))
    assert partition_of(b"", 5) in range(5)

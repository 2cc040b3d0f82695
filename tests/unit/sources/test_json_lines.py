"""One document a line, and bad lines among the good ones."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.sources import limits
from overheal.sources.lines import Overlong, Unended, split_lines
from tests.unit.sources.framed import framed, values

GOOD = b'{"id": "1"}'


def raws(data):
    records, letters = framed(data)
    assert letters == []
    return [(record.line, record.raw) for record in records]


def test_a_bad_line_among_good_ones_is_handed_on_with_its_line():
    lines = [GOOD, b"{broken", GOOD, b"\xff\xfe", b'{"a": "\0"}', GOOD]
    assert raws(b"\n".join(lines)) == list(enumerate(lines, 1))


def test_numbers_and_double_keys_keep_their_bytes():
    line = b'{"a": 1e999, "a": 1.10, "b": 123456789012345678901234567890}'
    assert raws(line) == [(1, line)]


def test_crlf_and_a_missing_last_line_break_change_nothing():
    assert raws(GOOD + b"\r\n" + GOOD + b"\r\n\r\n" + GOOD) == [(1, GOOD), (2, GOOD), (4, GOOD)]


def test_a_list_on_a_line_of_its_own_gives_its_items():
    line = json.dumps({"kind": "List", "items": [{"n": 1}, {"n": 2}]}).encode()
    records, _ = framed(GOOD + b"\n" + line + b"\n" + GOOD)
    assert [(record.line, record.within) for record in records] == [
        (1, ""), (2, "List"), (2, "List"), (3, ""),
    ]  # fmt: skip


def test_items_deeper_inside_are_no_list():
    line = json.dumps({"spec": {"items": [1, 2]}, "items": {"a": 1}}).encode()
    assert values(GOOD + b"\n" + line)[1] == json.loads(line)


def test_a_line_beyond_the_limit_costs_only_itself(monkeypatch):
    long = b'{"a": "' + b"x" * (limits.MAX_DOCUMENT + 1) + b'"}'
    records, letters = framed(b"\n".join([GOOD, long, GOOD, long, GOOD]))
    assert [record.line for record in records] == [1, 3, 5]
    assert [(letter.line, letter.code) for letter in letters] == [(2, "too_long"), (4, "too_long")]
    assert letters[0].payload == long[: limits.HEAD_KEPT]
    assert "16 MiB" in letters[0].reason


@given(
    st.lists(st.binary(max_size=12).map(lambda line: line.replace(b"\n", b""))),
    st.booleans(),
    st.lists(st.integers(1, 9), min_size=1),
)
@settings(max_examples=200, deadline=None)
def test_lines_come_back_however_the_bytes_arrive(lines, ended, sizes):
    data = b"\n".join(lines) + b"\n" * ended
    pieces, at = [], 0
    while at < len(data):
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(data[at : at + size])
        at += size
    limit = 8
    expected = data.split(b"\n")
    if not expected[-1]:
        expected.pop()
    number = 1
    for first, found, _ in split_lines(iter(pieces), limit):
        assert first == number
        for line in found:
            assert isinstance(line, Overlong) == (len(expected[number - 1]) > limit)
            if not isinstance(line, Overlong):
                assert line == expected[number - 1].rstrip(b"\r")
                assert isinstance(line, Unended) == (
                    number == len(expected) and not data.endswith(b"\n")
                )
            number += 1
    assert number == len(expected) + 1

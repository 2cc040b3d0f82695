"""Documents over several lines, arrays and Lists; what is broken costs as little as possible."""

from __future__ import annotations

import json

import pytest

from overheal.sources import limits
from tests.unit.sources.framed import framed, values

PRETTY = b'{\n    "id": "1",\n    "a": {\n        "b": []\n    }\n}\n'


def lines(data):
    records, letters = framed(data)
    return [record.line for record in records], [(letter.line, letter.code) for letter in letters]


def test_what_kubectl_prints_while_watching_is_one_record_a_document():
    assert values(PRETTY * 3) == [json.loads(PRETTY)] * 3
    assert lines(PRETTY * 3) == ([1, 7, 13], [])


def test_a_list_tells_its_items_what_list_they_stand_in():
    listed = b'{"kind": "EventList", "metadata": {"a": [1]}, "items": [\n{"n": 1},\n{"n": 2}\n]}'
    records, _ = framed(listed)
    assert [(record.line, record.within) for record in records] == [
        (2, "EventList"),
        (3, "EventList"),
    ]


def test_the_kind_behind_the_items_is_not_known():
    records, _ = framed(b'{"items": [{"n": 1}], "kind": "List"}')
    assert [record.within for record in records] == [""]


@pytest.mark.parametrize("items", [b"null", b"[]", b"[ \n ]"])
def test_a_list_without_items_yields_nothing(items):
    assert framed(b'{"kind": "List", "items": ' + items + b', "apiVersion": "v1"}') == ([], [])


def test_an_object_under_items_makes_no_list():
    assert values(b'{\n"items": {"a": 1}}') == [{"items": {"a": 1}}]


def test_otlp_is_one_document():
    otlp = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"items": [1]}]}]}]}
    assert values(json.dumps(otlp, indent=1).encode()) == [otlp]


def test_a_document_that_is_not_closed_costs_only_itself():
    broken = PRETTY.rstrip()[:-1] + b"\n"
    assert lines(PRETTY + broken + PRETTY) == ([1, 13], [(7, "not_json")])


def test_a_document_cut_inside_a_string_costs_only_itself():
    assert lines(PRETTY + b'{\n    "id": "1\n' + PRETTY) == ([1, 9], [(7, "not_json")])


def test_a_closing_brace_too_many_is_handed_on_as_a_line_of_its_own():
    records, letters = framed(PRETTY + b"}\n" + PRETTY)
    assert [record.raw for record in records][1] == b"}"
    assert len(records) == 3
    assert letters == []


def test_words_between_documents_are_handed_on_for_the_decoder_to_refuse():
    records, _ = framed(b"Warning: old\n" + PRETTY + b"Error: connection lost\n")
    assert [record.raw[:5] for record in records] == [b"Warni", b"{\n   ", b"Error"]


def test_a_broken_item_of_a_pretty_list_costs_only_itself():
    item = b'        {\n            "n": 1\n        }'
    bad = b'        {\n            "n": "1\n        }'
    whole = b'{\n    "items": [\n' + b",\n".join([item, bad, item]) + b"\n    ]\n}\n" + PRETTY
    assert lines(whole) == ([3, 9, 14], [(6, "not_json")])


def test_everything_before_a_broken_item_of_a_compact_list_counts():
    records, letters = framed(b'{"items":[{"n":1},{"n":2},}{"n":3}]}')
    assert len(records) == 2
    (letter,) = letters
    assert letter.code == "not_json"
    assert "line 1, column 27" in letter.reason


def test_the_end_of_the_input_inside_a_document_is_reported_with_its_first_line():
    records, letters = framed(PRETTY + b'{\n  "a": {')
    assert len(records) == 1
    assert [(letter.line, letter.code) for letter in letters] == [(7, "unfinished")]
    assert "cut off" in letters[0].reason
    assert letters[0].payload == b'{\n  "a": {'


def test_a_list_that_ends_too_early_keeps_its_items():
    records, letters = framed(b'{"items":[{"n":1},{"n":2},{"n":')
    assert len(records) == 2
    assert [letter.code for letter in letters] == ["unfinished"]


def test_bytes_stay_as_they_are():
    item = b'{"a" : 1e999,"a":1.10, "b":"\\u0041\\"}{"}'
    records, _ = framed(b'{"items":[' + item + b"," + item + b"]}")
    assert [record.raw for record in records] == [item, item]


def test_a_document_beyond_the_limit_costs_only_itself():
    long = b'{\n "a": "' + b'x\\"' * (limits.MAX_DOCUMENT // 3 + 1) + b'"\n}\n'
    records, letters = framed(PRETTY + long + PRETTY)
    assert [record.line for record in records] == [1, 10]
    assert [(letter.line, letter.code) for letter in letters] == [(7, "too_long")]
    assert len(letters[0].payload) == limits.HEAD_KEPT


def test_an_item_beyond_the_limit_costs_only_itself():
    long = b'{"a":[' + (b'["' + b"x" * 1000 + b'"],') * (limits.MAX_DOCUMENT // 1000) + b"1]}"
    records, letters = framed(b'{"items":[{"n":1},' + long + b',{"n":2}]}')
    assert [record.raw for record in records] == [b'{"n":1}', b'{"n":2}']
    assert [letter.code for letter in letters] == ["too_long"]


def test_a_list_longer_than_the_limit_is_no_long_document():
    item = json.dumps({"n": "x" * 1000}).encode()
    many = limits.MAX_DOCUMENT // 1000 + 100
    records, letters = framed(b'{"items":[' + b",".join([item] * many) + b'],"kind":"List"}')
    assert (len(records), letters) == (many, [])


def test_deep_nesting_is_handed_on_for_the_decoder_to_refuse():
    deep = b'{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    records, letters = framed(b"[" + deep + b"," + deep + b"]")
    assert [record.raw for record in records] == [deep, deep]
    assert letters == []

"""YAML as kubectl and people write it."""

from __future__ import annotations

import json

import pytest

from overheal.sources import limits
from overheal.sources.yaml_json import NotYaml, to_json
from tests.unit.sources.framed import framed, values

EVENT = """\
apiVersion: v1
count: 3
eventTime: null
firstTimestamp: 2026-11-20T20:07:47Z
involvedObject:
  kind: Pod
  name: "1"
message: |
  - not an item
  items: not a list
type: yes
"""
READ = {
    "apiVersion": "v1",
    "count": 3,
    "eventTime": None,
    "firstTimestamp": "2026-11-20T20:07:47Z",
    "involvedObject": {"kind": "Pod", "name": "1"},
    "message": "- not an item\nitems: not a list\n",
    "type": "yes",
}


def indented(text, by):
    return "".join(" " * by + line for line in text.splitlines(keepends=True))


def as_item(text, dash):
    body = indented(text, dash + 2)
    return body[:dash] + "- " + body[dash + 2 :]


def test_documents_are_separated_by_markers_and_know_their_line():
    text = "# a comment\n---\n" + EVENT + "...\n---\n# another\n" + EVENT
    assert values(text.encode()) == [READ, READ]
    records, _ = framed(text.encode())
    assert [record.line for record in records] == [3, 17]


@pytest.mark.parametrize("dash", [0, 2, 4])
def test_a_list_as_kubectl_prints_it_gives_its_items(dash):
    items = as_item(EVENT, dash) * 3
    text = f"apiVersion: v1\nitems:\n{items}kind: List\nmetadata:\n  resourceVersion: ''\n"
    assert values(text.encode()) == [READ] * 3
    records, _ = framed(text.encode())
    assert [record.line for record in records] == [3, 14, 25]
    assert {record.within for record in records} == {""}


def test_the_kind_before_the_items_is_known():
    text = "kind: EventList\nitems:\n- a: 1\n- b: 2\n---\nkind: X\n"
    records, _ = framed(text.encode())
    assert [record.within for record in records] == ["EventList", "EventList", ""]


@pytest.mark.parametrize("items", ["[]", "null", "", "[{a: 1}]"])
def test_items_on_one_line_make_a_list_too(items):
    expected = [{"a": 1}] if "a" in items else []
    assert values(f"kind: List\nitems: {items}\nmetadata: {{}}\n".encode()) == expected


def test_a_list_at_the_top_gives_its_elements():
    assert values(b"- a: 1\n  b: [2]\n-\n  c: 3\n# end\n- d\n") == [
        {"a": 1, "b": [2]},
        {"c": 3},
        "d",
    ]


def test_a_broken_item_costs_only_itself_and_is_named_by_its_line():
    text = "items:\n- a: 1\n- b: 1\n   c: 2\n- d: [1\n- e: 1\n"
    records, letters = framed(text.encode())
    assert [record.raw for record in records] == [b'{"a":1}', b'{"e":1}']
    assert [(letter.line, letter.code) for letter in letters] == [(4, "not_yaml"), (5, "not_yaml")]
    assert "export it as JSON" in letters[0].reason


def test_a_broken_document_costs_only_itself():
    records, letters = framed(b"---\na: 1\n---\nb: \xff\n---\nc: @\n---\nd: \0\n---\ne: 1\n")
    assert [record.raw for record in records] == [b'{"a":1}', b'{"e":1}']
    assert [letter.code for letter in letters] == ["invalid_utf8", "not_yaml", "not_yaml"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-01-01", '"2026-01-01"'),
        ("12:30:45", '"12:30:45"'),
        ("on", '"on"'),
        ("0644", '"0644"'),
        ("0x1F", '"0x1F"'),
        (".inf", '".inf"'),
        ("1e999", "1e999"),
        ("-1.50", "-1.50"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("~", "null"),
        ("True", "true"),
        ('"true"', '"true"'),
        ("!!str 5", '"5"'),
        ("! 5", '"5"'),
        ("!!int '5'", "5"),
        ("'\\'", '"\\\\"'),
    ],
)
def test_scalars_are_what_json_makes_of_them(written, read):
    assert to_json(f"a: {written}".encode()) == b'{"a":' + read.encode() + b"}"


def test_keys_are_always_text():
    assert json.loads(to_json(b"1: a\ntrue: b\n~: c")) == {"1": "a", "true": "b", "~": "c"}


def test_aliases_stand_for_what_they_name():
    assert json.loads(to_json(b"a: &x {b: [1]}\nc: *x\nd: &y t\n*y : 1")) == {
        "a": {"b": [1]}, "c": {"b": [1]}, "d": "t", "t": 1,
    }  # fmt: skip


def bomb():
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    return "\n".join(["a0: &a0 [x, x, x, x, x, x, x, x, x, x]", *levels]).encode()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (bomb(), "yaml_aliases"),
        (b"a: &a [*a]", "not_yaml"),
        (b"a: *gone", "not_yaml"),
        (b"a: &x [1]\n*x : 1", "not_yaml"),
        (b"? [a]\n: b", "not_yaml"),
        (b"!!python/object/apply:os.system ['true']", "not_yaml"),
        (b"a: !secret b", "not_yaml"),
        (b"[" * 100_000, "not_yaml"),
    ],
    ids=["bomb", "itself", "unknown", "as a key", "key", "python", "tag", "deep"],
)
def test_what_is_more_than_plain_data_is_refused(text, code):
    with pytest.raises(NotYaml) as refused:
        to_json(text)
    assert refused.value.code == code


def test_a_document_beyond_the_limit_costs_only_itself():
    long = b"b:\n" + b"  - some words\n" * (limits.MAX_YAML // 15 + 1)
    records, letters = framed(b"---\na: 1\n---\n" + long + b"---\nc: 3\n")
    assert [record.raw for record in records] == [b'{"a":1}', b'{"c":3}']
    assert [(letter.line, letter.code) for letter in letters] == [(4, "too_long")]


def test_a_line_beyond_the_limit_costs_only_its_document():
    long = b"b: 1\nc: " + b"x" * (limits.MAX_YAML + 1) + b"\nd: 1\n"
    records, letters = framed(b"---\na: 1\n---\n" + long + b"---\ne: 3\n")
    assert [record.raw for record in records] == [b'{"a":1}', b'{"e":3}']
    assert [letter.code for letter in letters] == ["too_long"]

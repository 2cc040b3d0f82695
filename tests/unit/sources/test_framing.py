"""Every way of writing documents gives the same documents back, recognised by content alone."""

from __future__ import annotations

import gzip
import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.errors import InputError
from overheal.sources.framing import framing_of
from overheal.sources.json_stream import documents
from overheal.sources.limits import CHUNK
from overheal.sources.lines import json_lines
from overheal.sources.table import table
from overheal.sources.yaml_stream import yaml_documents
from tests.unit.sources.framed import framed, values

text = st.text(st.characters(codec="utf-8"), max_size=8)
scalar = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
value = st.recursive(
    scalar | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
key = text.filter(lambda word: word not in {"items", "Items"})
document = st.dictionaries(key, value, min_size=1, max_size=4)
sizes = st.lists(st.integers(1, 40), min_size=1, max_size=5)


def compact(one):
    return json.dumps(one, ensure_ascii=False, separators=(",", ":"))


def pretty(one, indent=4):
    return json.dumps(one, indent=indent)


def a_list(many, write, after=False, name="items"):
    head = {"apiVersion": "v1", "kind": "EventList", "metadata": {"items": "no"}}
    whole = {name: many, **head} if after else {**head, name: many}
    return write(whole)


WAYS = {
    "JSON Lines": lambda many: "\n".join(map(compact, many)) + "\n",
    "without a last line break": lambda many: "\n".join(map(compact, many)),
    "with CRLF": lambda many: "\r\n".join(map(compact, many)) + "\r\n",
    "with blank lines": lambda many: "\n\n \n" + "\n\n".join(map(compact, many)) + "\n\n",
    "with a byte order mark": lambda many: "\ufeff" + "\n".join(map(compact, many)),
    "pretty": lambda many: "\n".join(map(pretty, many)),
    "pretty with CRLF": lambda many: "\n".join(map(pretty, many)).replace("\n", "\r\n"),
    "pretty without indent": lambda many: "\n".join(pretty(one, 0) for one in many),
    "pretty without breaks between": lambda many: "".join(map(pretty, many)),
    "on one line": lambda many: " ".join(map(compact, many)),
    "an array": compact,
    "a pretty array": pretty,
    "an array without indent": lambda many: pretty(many, 0),
    "an array one a line": lambda many: "[\n" + ",\n".join(map(compact, many)) + "\n]\n",
    "a List": lambda many: a_list(many, compact),
    "a pretty List": lambda many: a_list(many, pretty),
    "a List with its items first": lambda many: a_list(many, compact, after=True),
    "a pretty List with its items first": lambda many: a_list(many, pretty, after=True),
    "a List under Items": lambda many: a_list(many, pretty, name="Items"),
    "two Lists": lambda many: a_list(many[:2], compact) + "\n" + a_list(many[2:], compact),
    "YAML": lambda many: yaml.safe_dump_all(many, default_style='"', explicit_start=True),
    "a YAML List": lambda many: a_list(many, lambda one: yaml.safe_dump(one, default_style='"'))
    .replace('"items"', "items"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@given(many=st.lists(document, min_size=2, max_size=6), sizes=sizes)
@settings(max_examples=40, deadline=None)
def test_documents_come_back_whatever_way_they_are_written(way, many, sizes):
    assert values(WAYS[way](many).encode("utf-8", "surrogatepass"), sizes) == many


@pytest.mark.parametrize("way", WAYS)
def test_documents_come_back_from_gzip_and_in_any_pieces(way):
    many = [
        {"id": str(number), "data": {"n": number, "a": [1, {"b": "}{"}]}} for number in range(40)
    ]
    data = WAYS[way](many).encode()
    assert values(gzip.compress(data)) == many
    for size in (1, 2, 3, 7):
        assert values(data, [size]) == many


@given(st.binary(max_size=300), sizes)
@settings(max_examples=300, deadline=None)
def test_no_bytes_make_the_framing_fail(data, sizes):
    try:
        framed(data, sizes)
    except InputError:
        assert data[:2] in (b"PK", b"BZ", b"\x1f\x8b", b"PA", b"SQ", b"\xfd7", b"\x28\xb5")


BROKEN = st.lists(
    st.sampled_from(
        [b"{", b"}", b"[", b"]", b'"', b",", b":", b"\\", b"\n", b" ", b"1", b'"items"', b"null",
         b'{"items":[', b'{"a":1}', b"- ", b"a: ", b"---\n", b"&a ", b"*a", b"\0", b"\xff"]
    ),
    max_size=30,
)  # fmt: skip


@given(BROKEN, sizes, st.sampled_from([documents, json_lines, yaml_documents, table]))
@settings(max_examples=600, deadline=None)
def test_no_broken_document_makes_any_framing_fail(pieces, sizes, framing):
    framed(b"".join(pieces), sizes, lambda source: framing(source, source.chunks()))


@given(BROKEN, sizes)
@settings(max_examples=300, deadline=None)
def test_how_the_bytes_arrive_changes_nothing(pieces, sizes):
    data = b"".join(pieces)
    assert framed(data, sizes) == framed(data)


GOOD = b'{"id": "1"}'
RECOGNISED = {
    json_lines: [
        GOOD,
        GOOD + b"\n" + GOOD,
        b"\n\n  " + GOOD + b"\n",
        b"\xef\xbb\xbf" + GOOD,
        b'{"id": \n' + GOOD + b"\n" + GOOD + b"\n",
        b"Warning: deprecated\n" + GOOD + b"\n" + GOOD,
        GOOD + b"\nnot json\n" + GOOD,
        b"\0\0\0",
        b"just some words\nand more",
        b"2026-01-01 10:00:00 host app: started\n",
        b"",
        b" \n ",
    ],
    documents: [
        b"{\n",
        b'{"a": 1,\n "b": 2}',
        b"[\n",
        b"[]",
        b'[{"a": 1}]',
        b'{"items": []}',
        b'{"kind": "List", "items": null}\n',
        b'{"items": [{}]}\n{"items": [{}]}\n',
        b'Warning: deprecated\n{\n  "a": 1\n}\n',
        b'{"a": "' + b"x" * CHUNK,
        b"{}\n{\n  \n}\n{\n \n}\n",
    ],
    yaml_documents: [
        b"---\na: 1\n",
        b"# licence\n#\n\napiVersion: v1\nkind: List\n",
        b"- a: 1\n  b: 2\n",
        b'"a": 1\n"b":\n  c: |\n    words, words\n',
        b"%YAML 1.2\n---\na: 1\n",
        b"a: 1\r\nb: 2\r\n",
    ],
    table: [
        b"LAST SEEN   TYPE     REASON   OBJECT   MESSAGE\n5m    Normal   X   pod/a   words\n",
        b"NAMESPACE   LAST SEEN   TYPE     REASON   OBJECT   MESSAGE\n",
        b"Warning: deprecated\nNAME   READY   STATUS\n",
    ],
}


@pytest.mark.parametrize(
    ("framing", "head"),
    [(framing, head) for framing, heads in RECOGNISED.items() for head in heads],
)
def test_the_first_bytes_tell_how_an_input_is_written(framing, head):
    assert framing_of(head) is framing


def test_utf_16_as_powershell_writes_it_is_read():
    many = [{"id": "ä"}, {"id": "\U0001f600"}]
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        mark = "" if encoding == "utf-16" else "\ufeff"
        assert values((mark + pretty(many)).encode(encoding), [3]) == many


@pytest.mark.parametrize(
    ("head", "words"),
    [(b"PK\x03\x04...", "zip archive"), (b"\x28\xb5\x2f\xfd...", "zstd -dc"), (b"BZh9", "bzip2")],
)
def test_other_compressions_are_refused_with_the_remedy(head, words):
    with pytest.raises(InputError, match=words):
        framed(head)


def test_records_carry_origin_line_and_time():
    (first, second), _ = framed(GOOD + b"\n\n" + GOOD)
    assert (first.origin, first.line, first.received_at, first.shape) == ("input", 1, 7, "json")
    assert second.line == 3

"""Documents for property tests: valid ones generated from the schema, and ways to spoil them.

A document is a tree of `Object`, lists, plain values and `Token` (text that stands in the JSON as
it is), because a spoiled one may hold what Python's own types cannot: a key twice, `1e999`.
"""

from __future__ import annotations

import json
import types
from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel

from overheal.contract import schema

TIMES = st.sampled_from(
    [
        "2026-03-01T02:17:05Z",
        "2026-03-01T02:17:05.123456Z",
        "2026-03-01t02:17:05.1z",
        "2026-03-01 03:17:05+01:00",
        "2026-03-01T02:17:05.1234565Z",
        "2026-12-31T23:59:59.999999999Z",
        "2026-03-01T02:17:05.12345649999-00:30",
        "1970-01-01T00:00:00Z",
        "2099-12-31T23:59:59.9999994Z",
        "2026-03-01T02:17:05+0530",
        "2026-03-01T02:17:05+23:59",
    ]
)
ODD_TIMES = st.sampled_from(
    [
        "2026-03-01T02:17:05",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "1969-12-31T23:59:59.9999999Z",
        "1970-01-01T00:30:00+01:00",
        "2099-12-31T23:59:59.9999995Z",
        "2100-01-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-03-01T24:00:00Z",
        "2026-03-01T02:17:60Z",
        "2026-03-01T02:17Z",
        "2026-03-01",
        "1740000000",
        "2026-03-01T02:17:05,5Z",
        "2026-03-01T02:17:05.Z",
        "2026-03-01_02:17:05Z",
        "2026-03-01T02:17:05+24:00",
        "2026-03-01T02:17:05+01",
        "2026-03-01T02:17:05\u221201:00",
        "\uff12026-03-01T02:17:05Z",
        "2026-03-01T02:17:05Z\n",
        "",
    ]
)
TEXT = st.one_of(
    st.sampled_from(["checkout", "restart", ':"', '"a":1', "\\", "\\u0041", ":", "é", "𐍈", "\x7f"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
)
JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(allow_nan=False, allow_infinity=False),
        TEXT,
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=4,
)


class Token:
    """JSON text that stands as it is."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"Token({self.text[:40]!r})"


class Object(list[tuple[str, Any]]):
    """The pairs of a JSON object, in order; a key may stand twice."""


TOKENS = [
    *("1e999", "-1e999", "NaN", "Infinity", "-Infinity", "-0", "1.0", "1E2", "1e-999", "0.1e400"),
    *("9223372036854775808", "-9223372036854775809", "18446744073709551616", "9" * 400, "9" * 401),
    *("9" * 5000, "01", "1.", '"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"\\ud83d\\ude00"'),
    *('"\x01"', '"\t"', "[1,]", '"\\x"', "", "[" * 40 + "]" * 40, "[" * 70 + "]" * 70),
    *(
        "[" * 70 + "1" + "]" * 70,
        "[" * 3000 + "]" * 3000,
        '{"a":{"b":1,"b":2}}',
        '{"a":1,"\\u0061":2}',
    ),
    *('"\\u0022:"', '"\\/"', "[[]]", "{}", "null", "true", "-1", "1e2", '""', '"production"'),
    *('"unknown"', "5", "1.5", "100001", "9007199254740992", '{"count":1}'),
]


def documents() -> st.SearchStrategy[Object]:
    """Valid documents: CloudEvents and bare data, actions and observations."""
    return st.one_of(
        _actions().flatmap(lambda data: st.one_of(_enveloped(data, "action"), _bare(data))),
        _instances(schema.Observation)
        .map(_with_owner)
        .flatmap(lambda data: st.one_of(_enveloped(data, "observation"), _bare(data))),
    )


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """Documents with up to three things changed, written with odd white space and escapes."""
    tree = draw(documents())
    for _ in range(draw(st.integers(0, 3))):
        _spoil(draw, tree)
    text = render(tree, draw(st.sampled_from(_STYLES)), draw(st.integers(0, 40)))
    raw = text.encode("utf-8", "surrogatepass")
    if draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(raw)))
        byte = draw(
            st.sampled_from([b"", b"\xff", b"\0", b'"', b"\\", b"}", b" ", b"\xef\xbb\xbf"])
        )
        raw = raw[:at] + byte + raw[at + draw(st.integers(0, 1)) :]
    return raw


_STYLES = [(",", ":"), (", ", ": "), (" ,\r\n ", " : "), (",\t", "\t:\n")]


def render(value: Any, style: tuple[str, str] = (",", ":"), escape_every: int = 0) -> str:
    """Return the JSON text; every n-th string gets its first character as an escape."""
    counter = [0]

    def string(text: str) -> str:
        counter[0] += 1
        written = json.dumps(text, ensure_ascii=False)
        if escape_every and counter[0] % escape_every == 0 and text and ord(text[0]) < 0x10000:
            first = len(json.dumps(text[0], ensure_ascii=False)) - 1
            written = f'"\\u{ord(text[0]):04x}{written[first:]}'
        return written

    def write(item: Any) -> str:
        if isinstance(item, Token):
            return item.text
        if isinstance(item, dict):
            item = Object(item.items())
        if isinstance(item, Object):
            pairs = (f"{string(key)}{style[1]}{write(inner)}" for key, inner in item)
            return "{" + style[0].join(pairs) + "}"
        if isinstance(item, list):
            return "[" + style[0].join(write(inner) for inner in item) + "]"
        return string(item) if isinstance(item, str) else json.dumps(item)

    return write(value)


def _spoil(draw: st.DrawFn, tree: Object) -> None:
    holder = draw(st.sampled_from(list(_objects(tree))))
    if not holder:
        return
    at = draw(st.integers(0, len(holder) - 1))
    key, value = holder[at]
    odd = draw(
        st.one_of(st.sampled_from(TOKENS).map(Token), ODD_TIMES, TIMES, JSON, st.just(value))
    )
    match draw(st.sampled_from(["drop", "rename", "retype", "retype", "repeat", "add", "copy"])):
        case "drop":
            del holder[at]
        case "rename":
            holder[at] = (draw(st.sampled_from([key + "s", key.upper(), "", "data", "x1"])), value)
        case "retype":
            holder[at] = (key, odd)
        case "repeat":
            holder.insert(draw(st.integers(0, len(holder))), (key, odd))
        case "add":
            names = ["specversion", "data", "time", "id", "action_id", "extra", "data_base64"]
            holder.append((draw(st.sampled_from([*names, "type", "ext", "labels"])), odd))
        case "copy":
            urn = draw(st.sampled_from([*URNS, "1.0", "0.3"]))
            holder[:] = [(k, v) for k, v in holder if k != "dataschema"]
            holder.append(("dataschema", urn))


URNS = [f"urn:overheal:schema:{name}" for name in ("action-event:1", "action-event:1.2")]
URNS += [f"urn:overheal:schema:{name}" for name in ("observation:1", "observation:2", "x:1")]


def _objects(value: Any) -> Any:
    if isinstance(value, Object):
        yield value
        for _, inner in value:
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)


@st.composite
def _actions(draw: st.DrawFn) -> Object:
    data = dict(draw(_instances(schema.ActionEvent)))
    if data["phase"] in ("finished", "verified"):
        data["actual"] = draw(_instances(schema.Actual))
        data["duration_seconds"] = draw(_values(schema.Seconds))
    return _with_owner(Object(data.items()))


def _with_owner(data: Object) -> Object:
    fields = dict(data)
    if fields.get("service") is None and fields.get("scope") is None:
        fields["service"] = "checkout"
    return Object(fields.items())


@st.composite
def _enveloped(draw: st.DrawFn, data: Object, word: str) -> Object:
    fields = dict(draw(_instances(schema.Envelope)))
    phase = dict(data).get("phase")
    action_type = f"io.overheal.action.{phase}.v1"
    fields["type"] = action_type if word == "action" else schema.OBSERVATION_TYPE
    known = schema.ACTION_SCHEMA if word == "action" else schema.OBSERVATION_SCHEMA
    fields["dataschema"] = draw(st.sampled_from([None, known]))
    if draw(st.booleans()):
        fields["custom"] = draw(st.one_of(TEXT, st.integers(-9, 9), st.booleans()))
    pairs = [(key, value) for key, value in fields.items() if value is not None]
    return Object([*pairs, ("data", data)])


@st.composite
def _bare(draw: st.DrawFn, data: Object) -> Object:
    extra = [("id", draw(_values(schema.Name))), ("time", draw(TIMES))]
    source = draw(st.sampled_from([[], [("source", "me")], [("source", "")], [("source", None)]]))
    return Object([*data, *extra, *source])


@st.composite
def _instances(draw: st.DrawFn, model: type[BaseModel]) -> Object:
    pairs = []
    for name, field in model.model_fields.items():
        if field.is_required() or draw(st.integers(0, 3)) == 0:
            kind = (
                Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
            )
            pairs.append((name, draw(_values(kind))))
    if draw(st.booleans()):
        pairs = draw(st.permutations(pairs))
    return Object(pairs)


def _values(kind: Any) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - one return per kind
    origin, args = get_origin(kind), get_args(kind)
    limits: dict[str, Any] = {}
    if origin is Annotated:
        kind, *metadata = args
        for item in metadata:
            for part in getattr(item, "metadata", [item]):
                limits |= {
                    k: getattr(part, k) for k in ("ge", "le", "min_length") if hasattr(part, k)
                }
        if not limits or kind is AwareDatetime:
            return _values(kind)
        origin, args = get_origin(kind), get_args(kind)
    if kind is AwareDatetime or kind is datetime:
        return TIMES
    if origin is Literal:
        return st.sampled_from(args)
    if origin in (Union, types.UnionType):
        return st.one_of(*(_values(arg) for arg in args))
    if origin is list:
        return st.lists(_values(args[0]), max_size=2)
    if origin is dict:
        return st.dictionaries(TEXT, _values(args[1]), max_size=3).map(lambda d: Object(d.items()))
    return _plain(kind, limits)


def _plain(kind: Any, limits: dict[str, Any]) -> st.SearchStrategy[Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _instances(kind)
    low, high = limits.get("ge"), limits.get("le")
    simple = {
        str: TEXT.filter(bool) if limits.get("min_length") else TEXT,
        bool: st.booleans(),
        type(None): st.none(),
        int: st.integers(low, high),
        float: st.one_of(st.floats(low, high, allow_nan=False, allow_infinity=False), st.just(1)),
    }
    return simple.get(kind, JSON)

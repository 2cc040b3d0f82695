"""Each way in which one document can be wrong: where, what was expected and found, what to do."""

from __future__ import annotations

import copy
import json

import pytest

from overheal.contract.decode import NEWER_MINOR_LABEL, decode, decode_many
from overheal.errors import RecordError
from overheal.model import Event

VALID = {
    "specversion": "1.0",
    "id": "restart-1",
    "source": "urn:test",
    "type": "io.overheal.action.finished.v1",
    "time": "2026-03-01T02:17:05Z",
    "data": {
        "action_id": "a-1",
        "phase": "finished",
        "service": "checkout",
        "agent": {"name": "kubelet", "kind": "platform"},
        "action": {"type": "restart"},
        "trigger": {"kind": "failure", "condition": "liveness probe failed"},
        "expected": {"outcome": "the container runs"},
        "actual": {"outcome": "succeeded"},
        "duration_seconds": 3.5,
    },
}
GONE = object()


def changed(path: str, value: object) -> dict:
    document = copy.deepcopy(VALID)
    *parents, last = path.split(".")
    holder = document
    for parent in parents:
        holder = holder.setdefault(parent, {})
    if value is GONE:
        del holder[last]
    else:
        holder[last] = value
    return document


def refusal(document: object) -> RecordError:
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(RecordError) as caught:
        decode(raw)
    assert (
        str(caught.value) == f"{caught.value.path}: {caught.value.problem}; {caught.value.remedy}"
    )
    return caught.value


def test_the_document_that_the_others_spoil_is_valid():
    assert decode(json.dumps(VALID).encode()).service == "checkout"


FIVE = {
    "data.action.type": "action type",
    "data.trigger.condition": "trigger condition",
    "data.expected.outcome": "expected outcome",
    "data.actual.outcome": "actual outcome",
    "data.duration_seconds": "duration",
}


@pytest.mark.parametrize(("path", "fact"), FIVE.items(), ids=FIVE.values())
@pytest.mark.parametrize("how", ["left out", "null", "its part left out", "its part null"])
def test_each_of_the_five_required_facts_is_missed_by_name(path, fact, how):
    spoiled = path.rpartition(".")[0] if "part" in how and path.count(".") > 1 else path
    error = refusal(changed(spoiled, None if "null" in how else GONE))
    assert (error.code, error.path) == ("missing_field", f"$.{path}")
    assert any(words in error.problem for words in ("is missing", "is null", "is required"))
    assert fact in error.remedy and "one of the five facts" in error.remedy


@pytest.mark.parametrize("phase", ["proposed", "approved", "rejected", "started"])
def test_outcome_and_duration_are_not_required_before_the_end(phase):
    document = changed("data.phase", phase)
    document["type"] = f"io.overheal.action.{phase}.v1"
    del document["data"]["actual"], document["data"]["duration_seconds"]
    assert decode(json.dumps(document).encode()).outcome == ""


REFUSED = {
    # name: (path, value) -> (code, path, words of the problem, words of the remedy)
    "action without agent": ("data.agent", GONE, "missing_field", "", "is missing", "send it"),
    "no service and no scope": ("data.service", GONE, "missing_field", "data.scope", "no service", "send it"),
    "text for a number": ("data.duration_seconds", "12", "invalid_value", "", "number, found '12'", "without quotation"),
    "number for text": ("data.service", 7, "invalid_value", "", "string, found 7", "in quotation marks"),
    "boolean for a number": ("data.duration_seconds", True, "invalid_value", "", "found True", "send a number"),
    "text for an object": ("data.expected", "up", "invalid_value", "", "object, found 'up'", "send an object"),
    "object for a list": ("data.derived", {}, "invalid_value", "", "array, found {}", "send a list"),
    "fraction for a whole number": ("data.agent.autonomy_level", 1.5, "invalid_value", "", "found 1.5", "whole number"),
    "out of range": ("data.agent.autonomy_level", 9, "invalid_value", "", "less than or equal to 4, found 9", "in range"),
    "empty text": ("id", "", "invalid_value", "", "at least 1 character", "not empty"),
    "unknown word": ("data.action.type", "restrat", "invalid_value", "", "found 'restrat'", "did you mean 'restart'?"),
    "unknown key": ("data.actoin", {}, "unknown_key", "", "unknown key 'actoin'", "did you mean 'action'?"),
    "unknown key far from all": ("data.zzz", 1, "unknown_key", "", "'zzz'", "valid here: action, action_id,"),
    "unknown key below": ("data.trigger.conditon", 1, "unknown_key", "", "'conditon'", "'condition'"),
    "odd unknown key": ("data.labels", {"a b": 1}, "invalid_value", "data.labels['a b']", "string", "send a string"),
    "unknown attribute": ("SpecVersion", 1, "unknown_key", "", "'SpecVersion'", "'specversion'"),
    "structured attribute": ("custom", [1], "invalid_value", "", "found a list", "data.ext"),
    "wrong specversion": ("specversion", "0.3", "invalid_value", "", "'1.0', found '0.3'", "send one"),
    "specversion as number": ("specversion", 1.0, "invalid_value", "", "found 1.0", "'1.0'?"),
    "foreign type": ("type", "com.example.order", "wrong_type", "", "found 'com.example.order'", "only overheal's"),
    "mistyped type": ("type", "io.overheal.action.finshed.v1", "wrong_type", "", "expected one of", "action.finished.v1'?"),
    "type of another phase": ("type", "io.overheal.action.started.v1", "wrong_type", "", "for phase 'finished'", "agree"),
    "type of a newer major version": ("type", "io.overheal.action.finished.v2", "newer_version", "", "version 1", "upgrade"),
    "newer major version": ("dataschema", "urn:overheal:schema:action-event:2", "newer_version", "", "found 2", "upgrade"),
    "foreign schema": ("dataschema", "urn:x", "wrong_schema", "", "found 'urn:x'", "correct"),
    "schema of the other kind": ("dataschema", "urn:overheal:schema:observation:1", "wrong_schema", "", "expected", "correct"),
    "binary data": ("data_base64", "e30=", "unsupported_encoding", "", "binary", "as a JSON object"),
    "data that is no object": ("data", [], "missing_field", "", "found a list", "under `data`"),
    "no data": ("data", GONE, "missing_field", "", "is missing", "under `data`"),
    "no id": ("id", GONE, "missing_field", "", "is missing", "send it"),
    "time without zone": ("time", "2026-03-01T02:17:05", "invalid_value", "", "timezone", "add `Z`"),
    "time in words": ("time", "yesterday", "invalid_value", "", "RFC 3339", "such as 2026-03-01T12:00:00Z"),
    "time as a number": ("time", 1772331425, "invalid_value", "", "found 1772331425", "such as"),
    "time as digits": ("time", "1772331425", "invalid_value", "", "RFC 3339", "such as"),
    "time that does not exist": ("time", "2026-02-30T00:00:00Z", "invalid_value", "", "exists", "such as"),
    "year 0001": ("time", "0001-01-01T00:00:00Z", "invalid_value", "", "between 1970", "1970 to 2099"),
    "year 9999": ("time", "9999-12-31T23:59:59Z", "invalid_value", "", "between 1970", "1970 to 2099"),
    "year 0001 in a rare field": ("data.intent.until", "0001-01-01T00:00:00+14:00", "invalid_value", "", "between", "1970"),
    "negative duration": ("data.duration_seconds", -1, "invalid_value", "", "greater than or equal to 0", "in range"),
    "endless duration": ("data.duration_seconds", 1e300, "invalid_value", "", "less than or equal", "in range"),
    "infinite duration": ("data.duration_seconds", float("inf"), "not_finite", "", "not finite", "finite"),
    "no number": ("data.duration_seconds", float("nan"), "not_finite", "", "not finite", "finite"),
    "no occurrence": ("data.occurrences", {"count": 0}, "invalid_value", "data.occurrences.count", "found 0", "in range"),
    "escaped NUL": ("data.service", "a\0b", "nul", "", "U+0000", "remove it"),
    "escaped NUL in a key": ("data.labels", {"a\0": "b"}, "nul", "data.labels", "U+0000", "remove it"),
    "half of a surrogate pair": ("data.service", "\ud800", "lone_surrogate", "", "\\ud800, half of", "both halves"),
    "half a pair in a key": ("data.ext", {"\udc00": 1}, "lone_surrogate", "data.ext", "\\udc00", "both halves"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_document_with_one_mistake_is_refused_with_its_place_and_its_remedy(name):
    path, value, code, place, problem, remedy = REFUSED[name]
    error = refusal(changed(path, value))
    assert (error.code, error.path) == (code, f"$.{place or path}")
    assert problem in error.problem
    assert remedy in error.remedy


UNREADABLE = {
    "nothing": (b"", "not_json", "is not JSON", "one JSON document per line"),
    "text": (b"hello", "not_json", "column 1", "one JSON document per line"),
    "cut off": (json.dumps(VALID).encode()[:-9], "not_json", "is not JSON", "one JSON document"),
    "two documents": (b"{} {}", "not_json", "Extra data", "one JSON document per line"),
    "a list": (b"[]", "not_an_object", "expected an object, found a list", "one JSON object"),
    "a number": (b"5", "not_an_object", "found a number", "one JSON object"),
    "invalid UTF-8": (b'{"a":"\xff"}', "invalid_utf8", "byte 6 (0xff)", "as UTF-8"),
    "a surrogate as bytes": (b'{"a":"\xed\xa0\x80"}', "invalid_utf8", "byte 6", "as UTF-8"),
    "UTF-16": ("{}".encode("utf-16"), "invalid_utf8", "byte 0", "as UTF-8"),
    "UTF-16 without BOM": ("{}".encode("utf-16-le"), "nul", "NUL byte", "UTF-16"),
    "raw NUL": (b'{"a":"\0"}', "nul", "NUL byte at character 6", "without NUL"),
    "raw control character": (b'{"a":"\x01"}', "not_json", "Invalid control", "one JSON document"),
    "number out of range": (b'{"a":{"b":[1e999]}}', "not_finite", "not finite", "finite number"),
    "whole number out of range": (
        b'{"a":' + b"9" * 5000 + b"}",
        "not_finite",
        "too large",
        "finite",
    ),
    "NaN": (b'{"a":NaN}', "not_finite", "not finite", "finite number"),
    "too deep": (b'{"a":' + b"[" * 80 + b"]" * 80 + b"}", "too_deep", "64 levels", "flatten"),
    "far too deep": (b"[" * 100_000, "too_deep", "64 levels", "flatten"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_bytes_that_are_no_exact_json_object_are_refused(name):
    raw, code, problem, remedy = UNREADABLE[name]
    error = refusal(raw)
    assert error.code == code
    assert problem in error.problem
    assert remedy in error.remedy


def test_the_place_of_a_number_that_is_not_finite_is_named():
    assert refusal(b'{"a":{"b":[0,1e999]}}').path == "$.a.b[1]"


@pytest.mark.parametrize(
    ("written", "repeated", "path"),
    [
        ('"service": "checkout"', '"service": "cart", "service": "checkout"', "$.data.service"),
        ('"service": "checkout"', '"service": "checkout", "service": "checkout"', "$.data.service"),
        ('"type": "restart"', '"type": "scale", "\\u0074ype" : "restart"', "$.data.action.type"),
        ('"id": "restart-1"', '"id":null, "id"\t: "restart-1"', "$.id"),
        ('"service"', '"ext": {"a": {"b": 1, "b": 2}}, "service"', "$.data.ext.a.b"),
        ('"service"', '"labels": {"a": "\\":", "a": ":"}, "service"', "$.data.labels.a"),
    ],
)
def test_a_key_that_stands_twice_is_refused_however_it_is_written(written, repeated, path):
    for compact in (False, True):
        text = json.dumps(VALID)
        assert written in text
        text = text.replace(written, repeated, 1)
        raw = (text.replace(", ", ",").replace(": ", ":") if compact else text).encode()
        error = refusal(raw)
        assert (error.code, error.path) == ("duplicate_key", path)
        assert "twice" in error.problem and "once" in error.remedy


def test_the_number_of_further_problems_is_told():
    document = changed("data.agent", GONE)
    del document["data"]["trigger"], document["data"]["expected"]
    assert "(and 2 more problems)" in refusal(document).problem


def test_a_newer_minor_version_keeps_what_it_does_not_know_in_ext_and_counts_it():
    document = changed("dataschema", "urn:overheal:schema:action-event:1.2")
    document["data"]["mood"] = "calm"
    document["data"]["agent"]["pronouns"] = ["it"]
    document["data"]["ext"] = {"kept": 1}
    event = decode(json.dumps(document).encode())
    kept = json.loads(event.document)["data"]
    assert kept["ext"] == {"kept": 1, "mood": "calm", "agent.pronouns": ["it"]}
    assert event.labels[NEWER_MINOR_LABEL] == "2"
    assert decode(event.document) == event


def test_a_newer_minor_version_does_not_excuse_a_mistake():
    document = changed("dataschema", "urn:overheal:schema:action-event:1.2")
    document["data"]["mood"] = "calm"
    document["data"]["duration_seconds"] = -1
    assert refusal(document).path == "$.data.duration_seconds"


ACCEPTED = {
    "a byte order mark": b"\xef\xbb\xbf" + json.dumps(VALID).encode(),
    "CRLF at the end": json.dumps(VALID).encode() + b"\r\n",
    "pretty printed": json.dumps(VALID, indent=2).encode(),
    "escaped letters": json.dumps(VALID).replace("checkout", "\\u0063heckout").encode(),
    "nulls": json.dumps(changed("data.scope", None)).encode(),
    "a stated default": json.dumps(changed("data.environment", "production")).encode(),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_harmless_differences_make_the_same_event(name):
    event, plain = decode(ACCEPTED[name]), decode(json.dumps(VALID).encode())
    assert event.service == plain.service == "checkout"
    assert (event.time, event.environment) == (plain.time, plain.environment)


@pytest.mark.parametrize(
    ("written", "micros"),
    [
        ("2026-03-01T02:17:05.1234564Z", 123456),
        ("2026-03-01T02:17:05.1234565Z", 123457),
        ("2026-03-01T02:17:04.9999999Z", 0),
        ("2026-03-01T03:17:05.5+01:00", 500000),
        ("2026-03-01 02:17:05.000001z", 1),
    ],
)
def test_a_time_is_kept_to_the_microsecond_and_rounded_beyond(written, micros):
    event = decode(json.dumps(changed("time", written)).encode())
    assert event.time == 1_772_331_425_000_000 + micros


def test_unknown_extension_attributes_become_labels():
    document = {**VALID, "team": "payments", "retries": 3, "sampled": True}
    labels = decode(json.dumps(document).encode()).labels
    assert labels == {"team": "payments", "retries": "3", "sampled": "true"}


def test_bare_data_needs_id_and_time_beside_it_and_becomes_a_cloudevent():
    bare = {**VALID["data"], "id": "x", "time": VALID["time"]}
    event = decode(json.dumps(bare).encode())
    assert json.loads(event.document)["type"] == "io.overheal.action.finished.v1"
    assert event.source == "urn:overheal:unnamed"
    for key in ("id", "time"):
        less = {name: value for name, value in bare.items() if name != key}
        error = refusal(less)
        assert (error.code, error.path) == ("missing_field", f"$.{key}")
    assert refusal({**bare, "expected": {}}).path == "$.expected.outcome"


def test_many_documents_are_decoded_with_errors_in_their_place():
    good = json.dumps(VALID).encode()
    first, second, third = decode_many([good, b"{", good])
    assert isinstance(first, Event) and first == third
    assert isinstance(second, RecordError) and second.__traceback__ is None

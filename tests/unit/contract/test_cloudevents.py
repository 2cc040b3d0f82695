"""What a Kafka record's value and headers stand for, in the modes of the CloudEvents binding."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overheal.contract.cloudevents import (
    EMPTY,
    MAX_DOCUMENT,
    TOMBSTONE,
    Batch,
    Ignored,
    is_plain,
    unwrap,
)
from overheal.contract.decode import decode
from overheal.errors import RecordError
from tests.support.events import at, document

WHOLE = document("e-1", at())
HEADERS = {
    "content-type": b"application/json; charset=utf-8",
    "ce_specversion": b"1.0",
    "ce_id": b"e-1",
    "ce_source": b"urn:test",
    "ce_type": b"io.overheal.action.finished.v1",
    "ce_time": at().encode(),
}
DATA = json.dumps(WHOLE["data"]).encode()


def refusal(value: bytes, headers: dict[str, bytes] | None = None) -> RecordError:
    with pytest.raises(RecordError) as caught:
        unwrap(value, headers)
    return caught.value


def test_binary_and_structured_mode_mean_the_same_event():
    made = unwrap(DATA, HEADERS)
    assert isinstance(made, bytes)
    binary, structured = decode(made), decode(json.dumps(WHOLE).encode())
    assert json.loads(binary.document).pop("datacontenttype") == "application/json"
    assert (binary.id, binary.source, binary.time) == (
        structured.id,
        structured.source,
        structured.time,
    )
    assert json.loads(binary.document)["data"] == json.loads(structured.document)["data"]


def test_extension_attributes_of_binary_mode_are_kept():
    made = unwrap(DATA, {**HEADERS, "ce_correlationid": b"c-7", "ce_team": "Zürich".encode()})
    assert isinstance(made, bytes)
    event = decode(made)
    assert event.correlation_id == "c-7"
    assert event.labels["team"] == "Zürich"


def test_headers_that_are_not_ours_change_nothing():
    raw = json.dumps(WHOLE).encode()
    assert unwrap(raw, {"traceparent": b"00-1-2-01", "x": b"\xff"}) is raw


@pytest.mark.parametrize(
    "content_type", [b"application/cloudevents+json", b"application/cloudevents; charset=utf-8"]
)
def test_a_structured_content_type_wins_over_attribute_headers(content_type):
    raw = json.dumps(WHOLE).encode()
    assert unwrap(raw, {**HEADERS, "content-type": content_type, "ce_id": b"\xff"}) is raw


@pytest.mark.parametrize("headers", [None, {"content-type": b"application/cloudevents-batch+json"}])
def test_an_array_is_a_batch_with_or_without_its_content_type(headers):
    raw = b" [" + json.dumps(WHOLE).encode() + b"]"
    assert unwrap(raw, headers) == Batch(raw)


def test_one_document_under_the_content_type_of_a_batch_is_that_document():
    raw = json.dumps(WHOLE).encode()
    assert unwrap(raw, {"content-type": b"application/cloudevents-batch+json"}) is raw


def test_records_without_a_value_are_ignored_with_their_reason():
    assert unwrap(None, HEADERS) == Ignored(TOMBSTONE)
    assert unwrap(b"", HEADERS) == Ignored(EMPTY)


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "time"])
def test_a_missing_or_empty_attribute_is_named_with_the_remedy(name):
    header = f"ce_{name}"
    without = {key: value for key, value in HEADERS.items() if key != header}
    error = refusal(DATA, without)
    assert error.code == "missing_header"
    assert str(error) == (
        f"header {header}: is missing; send the attribute `{name}` as this header, as UTF-8 text"
    )
    assert "is empty" in str(refusal(DATA, {**HEADERS, header: b""}))


def test_a_header_that_is_not_utf_8_is_named():
    error = refusal(DATA, {**HEADERS, "ce_source": b"ab\xff"})
    assert str(error).startswith("header ce_source: byte 2 (0xff) is not valid UTF-8")


@pytest.mark.parametrize("name", ["ce_Data-Center", "ce_", "ce_data"])
def test_a_header_that_names_no_attribute_is_refused(name):
    assert refusal(DATA, {**HEADERS, name: b"x"}).code == "invalid_header"


@pytest.mark.parametrize("content_type", [b"application/avro", b"application/cloudevents+protobuf"])
def test_data_that_is_not_json_by_its_content_type_is_refused(content_type):
    assert refusal(DATA, {**HEADERS, "content-type": content_type}).code == "unsupported_encoding"


@pytest.mark.parametrize(
    "value", [b'{"a":1},"id":"other"', b'{"a":1}} ', b"{", b"\xff", b"[" * 100_000]
)
def test_a_binary_value_cannot_reach_into_the_envelope(value):
    assert refusal(value, HEADERS).code == "not_json"


def test_a_document_of_the_limit_is_read_and_one_byte_more_is_refused():
    fits = b"{" + b" " * (MAX_DOCUMENT - 2) + b"}"
    assert unwrap(fits) is fits
    assert refusal(fits + b" ").code == "too_long"
    assert is_plain(fits, None)
    assert not is_plain(fits + b" ", None)


def test_binary_mode_counts_the_attributes_into_the_size():
    value = b'"' + b"x" * (MAX_DOCUMENT - 20) + b'"'
    assert refusal(value, HEADERS).code == "too_long"


@given(
    st.one_of(st.none(), st.binary(max_size=60), st.sampled_from([DATA, b"[{}]", b"[", b"{"])),
    st.one_of(
        st.none(),
        st.dictionaries(
            st.one_of(st.sampled_from([*HEADERS, "ce_x"]), st.text(max_size=8)),
            st.one_of(st.none(), st.binary(max_size=12), st.sampled_from(list(HEADERS.values()))),
            max_size=8,
        ),
        st.just(HEADERS),
    ),
)
def test_any_record_is_read_or_refused_and_what_is_plain_is_read_as_it_is(value, headers):
    try:
        found = unwrap(value, headers)
    except RecordError as error:
        assert str(error).isprintable()
        assert not is_plain(value, headers)
        return
    assert isinstance(found, bytes | Batch | Ignored)
    if is_plain(value, headers):
        assert found is value

"""The fast decoder and the schema's own models accept the same documents, as the same events."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings

from overheal.contract import decode as decoding
from overheal.contract.decode import decode, decode_many
from overheal.errors import RecordError
from overheal.model import Event
from tests.unit.contract.documents import documents, render, spoiled

often = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
thorough = settings(often, max_examples=5_000)


def fast(raw: bytes) -> Event | RecordError | None:
    try:
        return decoding._fast(raw)
    except RecordError as error:
        return error
    except decoding._DECLINED:
        return None


def definitive(raw: bytes) -> Event | RecordError:
    try:
        return decoding._definitive(raw)
    except RecordError as error:
        return error


def assert_same(left: Event | RecordError, right: Event | RecordError) -> None:
    if isinstance(left, RecordError) or isinstance(right, RecordError):
        assert repr(left) == repr(right)
    else:
        assert repr(left) == repr(right)
        assert left == right


@often
@given(spoiled())
def test_both_decoders_accept_and_refuse_the_same(raw):
    assert_agreement(raw)


@pytest.mark.slow
@thorough
@given(spoiled())
def test_both_decoders_accept_and_refuse_the_same_over_many_documents(raw):
    assert_agreement(raw)


def assert_agreement(raw: bytes) -> None:
    quick, exact = fast(raw), definitive(raw)
    if quick is not None:
        assert_same(quick, exact)
    try:
        decoded = decode(raw)
    except RecordError as error:
        decoded = error
    assert_same(decoded, exact)
    assert_same(decode_many([raw])[0], exact)


@often
@given(documents())
def test_a_document_generated_from_the_schema_is_accepted(tree):
    raw = render(tree).encode()
    assert_same(decode(raw), definitive(raw))


@often
@given(documents())
def test_the_document_kept_is_a_whole_cloudevent_that_decodes_to_the_same_event(tree):
    event = decode(render(tree).encode())
    kept = json.loads(event.document)
    assert {"specversion", "id", "source", "type", "time", "data"} <= set(kept)
    assert_same(decode(event.document), event)

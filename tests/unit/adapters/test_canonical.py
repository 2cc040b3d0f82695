"""Canonical documents are recognised, broken ones too, and handed on untouched."""

from __future__ import annotations

import pytest

from overheal.adapters.base import Record
from overheal.adapters.canonical import Canonical

CLOUD_EVENT = (
    b'{"specversion": "1.0", "id": "1", "type": "io.overheal.action.started.v1", "data": {}}'
)
BARE = b'{"id": "1", "time": "2026-01-01T00:00:00Z", "action_id": "a", "phase": "started"}'


def record(raw, shape="json"):
    return Record("input", 1, raw, shape)


@pytest.mark.parametrize(
    "raw",
    [
        CLOUD_EVENT,
        BARE,
        b'{"id": "1", "time": "x", "signal": "probe_failed"}',
        b'{"id": "1", "time": "x", "agent": {"name": "a"}}',
        b'{"action_id": "a", "phase": "started"}',
        b'{"specversion": "1.0", "id": ',
        CLOUD_EVENT[:-1],
        BARE[:-1] + b",}",
        BARE.replace(b"started", b"\xff"),
    ],
)
def test_what_is_or_was_meant_to_be_canonical_is_recognised(raw):
    assert Canonical().recognises(record(raw))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b'"specversion"',
        b"words",
        b'{"id": "1", "time": "x"}',
        b'{"id": "1", "detail-type": "EC2", "time": "x", "detail": {}}',
        b'{"apiVersion": "v1", "kind": "Event", "metadata": {}}',
        b'{"apiVersion": "v1", "metadata": {"id": "1", "time": "x"}, "phase": "Running",',
        b"\xff\xfe\0",
        b"[" * 100_000,
    ],
)
def test_what_is_something_else_is_not(raw):
    assert not Canonical().recognises(record(raw))


def test_a_row_of_a_table_is_not_canonical():
    assert not Canonical().recognises(record(BARE, "table"))


def test_records_are_handed_on_as_they_are():
    adapter = Canonical()
    assert list(adapter.adapt(record(b"{broken"))) == [b"{broken"]
    assert list(adapter.finish()) == []
    assert not adapter.stateful
    assert dict(adapter.ignored) == {}

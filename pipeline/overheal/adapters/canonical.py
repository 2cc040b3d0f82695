"""Canonical documents as they are: CloudEvents, and bare data with `id` and `time` added."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from overheal.adapters.base import Record

_OURS = ("action_id", "phase", "signal", "agent")
_FOREIGN = re.compile(rb'"(?:apiVersion|involvedObject|metadata)"\s*:')
_SPECVERSION = re.compile(rb'"specversion"\s*:')
_KEY = {name: re.compile(rf'"{name}"\s*:'.encode()) for name in ("id", "time", *_OURS)}


class Canonical:
    """Hands on what is canonical already; the contract's decoder judges it."""

    name = "canonical"
    stateful = False

    def __init__(self) -> None:
        self.ignored: Mapping[str, int] = {}

    def recognises(self, record: Record) -> bool:
        """Return whether the record is, or was meant to be, a canonical document.

        That is a CloudEvent, or an object with `action_id` and `phase`, or with `id`, `time` and
        any key that only canonical documents have. Broken JSON is judged by the keys it shows.
        """
        if record.shape != "json":
            return False
        try:
            document = msgspec.json.decode(record.raw)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return _shows_our_keys(record.raw)
        return isinstance(document, dict) and _has_our_keys(document)

    def order(self, record: Record) -> tuple[int, int]:
        """Return the order of the input: no record depends on another."""
        return record.received_at, record.line

    def adapt(self, record: Record) -> Sequence[bytes]:
        """Return the record as it is."""
        return [record.raw]

    def finish(self) -> Sequence[bytes]:
        """Return nothing: no document waits."""
        return []


def _has_our_keys(document: dict[str, Any]) -> bool:
    if "specversion" in document or {"action_id", "phase"} <= document.keys():
        return True
    return {"id", "time"} <= document.keys() and any(name in document for name in _OURS)


def _shows_our_keys(raw: bytes) -> bool:
    if _SPECVERSION.search(raw):
        return True
    if _FOREIGN.search(raw):
        return False
    shown = {name for name, key in _KEY.items() if key.search(raw)}
    return {"action_id", "phase"} <= shown or (
        {"id", "time"} <= shown and bool(shown.intersection(_OURS))
    )

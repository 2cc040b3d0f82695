"""Bulky parts of a document, `ext.trace` and evidence above 4 KB: one action in ten keeps them.

Which one is decided by its id alone, so that all events of an action are kept or cut alike, on
every worker and at every repetition. What is cut leaves its size and a hash in its place: equal
values stay equal, and different ones different.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from overheal.model import Detail, Event

LARGEST = 4_096
"""Bytes of JSON up to which a value of evidence is no bulk."""

KEPT, CUT = "kept", "cut"
_ONE_IN = 10
_TRACE = b'"trace"'
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


def sampled(action_id: str) -> bool:
    """Whether an action is among the one in ten that keep their bulky parts."""
    digest = hashlib.blake2b(action_id.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big") % _ONE_IN == 0


def thinned(event: Event) -> tuple[Event, str]:
    """Return an event without its bulky parts, unless it is sampled, and `kept`, `cut` or "".

    Of an event without such parts it returns the very same object. An observation goes by its id.
    """
    document = event.document
    if len(document) <= LARGEST and _TRACE not in document:
        return event, ""
    try:
        content = _decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return event, ""
    data = content.get("data", content) if isinstance(content, dict) else None
    if not isinstance(data, dict) or not _cut(data):
        return event, ""
    if sampled(event.action_id or event.id):
        return event, KEPT
    return msgspec.structs.replace(
        event, document=_encode(content), detail=_detail(event.detail)
    ), CUT


def _cut(data: dict[str, Any]) -> bool:
    """Put a mark in the place of each bulky part; return whether there was one."""
    found = False
    ext = data.get("ext")
    if isinstance(ext, dict) and "trace" in ext and not _is_mark(ext["trace"]):
        ext["trace"] = _mark(_encode(ext["trace"]))
        found = True
    decision = data.get("decision")
    evidence = decision.get("evidence") if isinstance(decision, dict) else None
    for one in evidence if isinstance(evidence, list) else ():
        if not isinstance(one, dict) or "value" not in one:
            continue
        written = _encode(one["value"])
        if len(written) > LARGEST:
            one["value"] = _mark(written)
            found = True
    return found


def _detail(detail: Detail | None) -> Detail | None:
    if detail is None or not detail.evidence:
        return detail
    evidence = tuple((source, kind, _short(value)) for source, kind, value in detail.evidence)
    return msgspec.structs.replace(detail, evidence=evidence)


def _short(value: Any) -> Any:
    written = _encode(value)
    return _mark(written) if len(written) > LARGEST else value


def _mark(written: bytes) -> str:
    digest = hashlib.blake2b(written, digest_size=8).hexdigest()
    return f"[cut: {len(written)} bytes, blake2b {digest}]"


def _is_mark(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("[cut: ")

"""How much of an input is held at once, and what a batch is."""

from __future__ import annotations

from overheal.adapters.base import Record
from overheal.model import DeadLetter

CHUNK = 256 * 1024
"""Bytes read or unpacked at once."""

MAX_DOCUMENT = 16 * 1024 * 1024
"""The longest line or document; a longer one becomes a dead letter."""

MAX_YAML = 4 * 1024 * 1024
"""The longest YAML document or list item: parsing YAML takes many times its size."""

HEAD_KEPT = 4 * 1024
"""How much of something too long its dead letter keeps."""

PAYLOAD_KEPT = 64 * 1024
"""How much of anything else a dead letter keeps."""

BATCH_RECORDS = 1000
BATCH_BYTES = 4 * 1024 * 1024

Batch = list[Record | DeadLetter]
"""Consecutive records and refusals in the order of the input; never empty."""


def too_long(origin: str, line: int, head: bytes, limit: int = MAX_DOCUMENT) -> DeadLetter:
    """Return the dead letter of a line or document longer than `limit` bytes."""
    reason = (
        f"is longer than {limit // 1024**2} MiB and was skipped; "
        "write one event a line, or a List with one event an item"
    )
    return DeadLetter(origin, line, "too_long", reason, bytes(head[:HEAD_KEPT]))

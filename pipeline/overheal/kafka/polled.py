"""Columns of records, as they come from one partition."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from confluent_kafka import Message

UNREADABLE = "overheal-unreadable"
"""Header of the record that stands for offsets which hold no readable record; its value says why.

The record's offset is the last of them, so that a commit after it passes them all.
"""


class Polled(msgspec.Struct):
    """Columns of one partition's records, in offset order.

    `received` is microseconds UTC: when the broker appended the record, or the producer made it
    where the topic says so; 0 where unknown.
    """

    partition: int
    values: list[bytes | None]
    keys: list[bytes | None]
    offsets: list[int]
    received: list[int]
    headers: list[dict[str, bytes] | None]


def columns(partition: int, messages: Sequence[Message]) -> Polled:
    """Return the driver's messages of one partition as columns."""
    return Polled(
        partition,
        [message.value() for message in messages],
        [message.key() for message in messages],
        [message.offset() or 0 for message in messages],
        [_micros(message.timestamp()) for message in messages],
        [_headers(message) for message in messages],
    )


def unreadable(batch: Polled, offset: int, reason: str) -> None:
    """Append the record that stands for unreadable offsets up to and with `offset`."""
    batch.values.append(None)
    batch.keys.append(None)
    batch.offsets.append(offset)
    batch.received.append(0)
    batch.headers.append({UNREADABLE: reason.encode()})


def _micros(timestamp: tuple[int, int]) -> int:
    return timestamp[1] * 1_000 if timestamp[0] else 0


def _headers(message: Message) -> dict[str, bytes] | None:
    found = message.headers()
    if not found:
        return None
    pairs = found.items() if isinstance(found, dict) else found
    return {
        name: value.encode() if isinstance(value, str) else value or b"" for name, value in pairs
    }

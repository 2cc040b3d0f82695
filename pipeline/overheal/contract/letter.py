"""A dead letter as it stands in its topic."""

from __future__ import annotations

import re

import msgspec

from overheal.contract.cloudevents import HEAD_KEPT, PAYLOAD_KEPT, TOO_LONG

_REDACTED = re.compile(rb"\[redacted:[a-z-]+\]")


class Replay(msgspec.Struct, frozen=True):
    """When a letter was sent again (RFC 3339, UTC), and by whom."""

    at: str
    by: str


class Letter(msgspec.Struct, kw_only=True, frozen=True):
    """One dead letter as it stands in its topic; payload and key are base64 in JSON."""

    origin: str
    partition: int
    offset: int
    item: int = 0
    epoch: str = ""
    code: str
    reason: str
    received_at: str
    payload: bytes = b""
    key: bytes = b""
    headers: dict[str, str] = {}
    replayed: list[Replay] = []

    @property
    def id(self) -> str:
        """`topic/partition/offset/item`."""
        return f"{self.origin}/{self.partition}/{self.offset}/{self.item}"

    @property
    def is_cut(self) -> bool:
        """Whether the letter holds only the beginning of what was refused."""
        return len(self.payload) >= (HEAD_KEPT if self.code == TOO_LONG else PAYLOAD_KEPT)

    @property
    def is_redacted(self) -> bool:
        """Whether something was cut out of the payload as a secret."""
        return _REDACTED.search(self.payload) is not None

"""What is committed beside an offset: the blocks about to be stored, and a streak of refusals.

The ledger in the store is the truth about progress. The metadata of the committed offset says
where the next blocks end, so that whoever replays them after a crash cuts them the same way.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

_MOST = 200
"""Ends that fit into the metadata of a commit, which brokers bound to 4,096 bytes."""


class Note(msgspec.Struct):
    """The metadata of a commit: the last offsets of blocks that are about to be stored."""

    ends: list[int] = []
    streak: str = ""

    def text(self) -> str:
        """Return the note as it is committed."""
        return msgspec.json.encode(self).decode()


def note(ends: Sequence[int], streak: str = "") -> str:
    """Return the metadata that names where blocks end."""
    return Note(list(ends[:_MOST]), streak).text()


def read(metadata: str) -> Note:
    """Return what a commit's metadata says; what is not ours says nothing."""
    try:
        return msgspec.json.decode(metadata, type=Note)
    except (msgspec.DecodeError, ValueError):
        return Note()

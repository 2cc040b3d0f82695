"""Copies of states take up most of the memory of a busy stream, so they are kept packed."""

from __future__ import annotations

import zlib


def shrunk(saved: bytes) -> bytes:
    """Return bytes packed; `grown` gives them back."""
    return zlib.compress(saved, 1)


def grown(packed: bytes) -> bytes:
    """Return the bytes that `shrunk` was given."""
    return zlib.decompress(packed)

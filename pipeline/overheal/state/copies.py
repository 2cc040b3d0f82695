"""Copies of states take up most of the memory of a busy stream, so they are kept packed."""

from __future__ import annotations

import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL, CLOSER = 1, 3
"""Of what is small and packed often, and of whole states."""


def shrunk(saved: bytes, level: int = LEVEL) -> bytes:
    """Return bytes packed by Zstandard (RFC 8878); `grown` gives them back."""
    return zstd.compress(saved, level)


def grown(packed: bytes) -> bytes:
    """Return the bytes that `shrunk` was given."""
    return zstd.decompress(packed)

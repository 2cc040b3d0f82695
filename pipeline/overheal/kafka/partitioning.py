"""Where a key belongs: murmur2 as the Java clients compute it."""

from __future__ import annotations

_MIX = 0x5BD1E995
_SEED = 0x9747B28C
_WORD = 0xFFFFFFFF


def murmur2(key: bytes) -> int:
    """Return the 32-bit hash of `key` as Kafka's `Utils.murmur2` does, as a signed number.

    >>> murmur2(b"foobar")
    -790332482
    """
    length = len(key)
    state = (_SEED ^ length) & _WORD
    whole = length & ~3
    for at in range(0, whole, 4):
        word = int.from_bytes(key[at : at + 4], "little") * _MIX & _WORD
        word = (word ^ word >> 24) * _MIX & _WORD
        state = (state * _MIX & _WORD) ^ word
    if whole < length:
        state = (state ^ int.from_bytes(key[whole:], "little")) * _MIX & _WORD
    state = (state ^ state >> 13) * _MIX & _WORD
    state ^= state >> 15
    return state - (1 << 32) if state >> 31 else state


def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition, of so many, on which a producer puts `key`."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions

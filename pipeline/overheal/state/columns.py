"""Sequences of numbers as bytes, eight for each: a list and its numbers take five times as many."""

from __future__ import annotations

from struct import pack, unpack

WIDTH = 8


def floats(column: bytes) -> list[float]:
    """Return the numbers of a column.

    >>> floats(with_float(with_float(b"", 1.5), -2.0))
    [1.5, -2.0]
    """
    return list(unpack(f"<{len(column) // WIDTH}d", column))


def with_float(column: bytes, number: float) -> bytes:
    """Return a column with one more number."""
    return column + pack("<d", number)


def integers(column: bytes) -> list[int]:
    """Return the whole numbers of a column.

    >>> integers(with_integer(with_integer(b"", 7), -(2**62)))
    [7, -4611686018427387904]
    """
    return list(unpack(f"<{len(column) // WIDTH}q", column))


def with_integer(column: bytes, number: int) -> bytes:
    """Return a column with one more whole number."""
    return column + pack("<q", number)


def thinned(column: bytes, upto: int) -> bytes:
    """Return a column without every second number up to a place; the first is kept.

    >>> integers(thinned(b"".join(with_integer(b"", number) for number in range(8)), 6))
    [0, 2, 4, 6, 7]
    """
    cells = [column[at : at + WIDTH] for at in range(0, len(column), WIDTH)]
    del cells[1:upto:2]
    return b"".join(cells)

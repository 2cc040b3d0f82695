"""Tables of said confidence against the share that is right, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

Said = tuple[float, bool]
"""A confidence, and whether what was said is right."""


def by_confidence(found: Sequence[Said], bins: Sequence[float], what: str) -> str:
    """Return how much is right of what was said with each confidence."""
    rows = [
        (f"{low:.0%} to {min(high, 1):.0%}", [one for one in found if low <= one[0] < high])
        for low, high in pairwise(bins)
    ]
    return _table("said", rows, what)


def by_group(found: Sequence[tuple[str, float, bool]], group: str, what: str) -> str:
    """Return for each group how sure was said, and how much is right."""
    inside: dict[str, list[Said]] = {}
    for name, said, right in found:
        inside.setdefault(name, []).append((said, right))
    return _table(group, sorted(inside.items()), what)


def _table(head: str, rows: Sequence[tuple[str, Sequence[Said]]], what: str) -> str:
    lines = [f"| {head} | {what} | said on average | right |", "|---|---:|---:|---:|"]
    for name, found in rows:
        if found:
            mean = sum(said for said, _ in found) / len(found)
            share = sum(right for _, right in found) / len(found)
            lines.append(f"| {name} | {len(found)} | {mean:.1%} | {share:.1%} |")
    return "\n".join(lines)

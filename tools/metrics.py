"""Write the table of metrics into docs/operations.md: python tools/metrics.py [--check]."""

from __future__ import annotations

import sys
from pathlib import Path

from overheal.telemetry import METRICS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "operations.md"
START, END = "<!-- metrics: begin -->\n", "<!-- metrics: end -->\n"


def table() -> str:
    """Return the table of all metrics, sorted by name."""
    lines = ["| metric | kind | labels | unit | meaning |", "|---|---|---|---|---|"]
    for metric in sorted(METRICS, key=lambda one: one.name):
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        lines.append(
            f"| `{metric.name}` | {metric.kind} | {labels} | {metric.unit} | {metric.meaning} |"
        )
    return "\n".join(lines) + "\n"


def page(text: str) -> str:
    """Return the page with the table between its marks as it must be."""
    before, _, rest = text.partition(START)
    return before + START + table() + END + rest.partition(END)[2]


if __name__ == "__main__":
    written = PAGE.read_text(encoding="utf-8")
    if "--check" in sys.argv:
        sys.exit(written != page(written))
    PAGE.write_text(page(written), encoding="utf-8")

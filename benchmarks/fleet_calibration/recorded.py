"""What is said of the recorded control plane, which no simulator made."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

GUILTY = ("shop/checkout", "shop/ledger", "node-3", "batch/reports")
"""What was made to go wrong while it was recorded; all else in it is ordinary."""


def recorded() -> list[dict[str, Any]]:
    """Return the findings of `overheal demo`, with every registered detector."""
    command = [sys.executable, "-m", "overheal.cli", "demo", "--output", "json"]
    done = subprocess.run(command, check=True, capture_output=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return found


def table(findings: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the lines of a table: a row for each finding, and whether it is true."""
    yield "| detector | tier | what | about what went wrong |"
    yield "|---|---|---|---|"
    for one in findings:
        guilty = any(name in one["summary"] for name in GUILTY)
        words = one["summary"].replace("|", "/")[:110]
        yield f"| `{one['detector']}` | {one['tier']} | {words} | {'yes' if guilty else '**no**'} |"

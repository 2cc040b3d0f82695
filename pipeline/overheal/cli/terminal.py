"""What the terminal can show."""

from __future__ import annotations

import os
import shutil
import sys

MIN_WIDTH, MAX_WIDTH = 60, 200


def width() -> int:
    """Return how many columns a page may have."""
    columns = shutil.get_terminal_size((80, 24)).columns
    return max(MIN_WIDTH, min(columns, MAX_WIDTH))


def wants_color(*, to_file: bool = False) -> bool:
    """Whether standard output is a terminal that shows colours, and nobody minds them."""
    shows = not to_file and sys.stdout.isatty()
    return shows and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"

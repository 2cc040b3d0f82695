"""The recording that `overheal demo` judges; see ORIGIN.md beside the files."""

from pathlib import Path

FILES = sorted((Path(__file__).parent / "controllers-2026").glob("*.gz"))

RECORDED_UNTIL = "2026-11-20T20:50:08Z"
"""When the text table was printed, from which its ages count."""

"""Where the recorded sample inputs are, and what to do where they are not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def sample(name: str) -> Path:
    """Return the path of a recorded sample; skips without the samples, and fails so in CI."""
    path = SHARED / name
    if not path.exists():
        reason = f"recorded sample {name} is not on this machine"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path

"""What holds for all tests."""

from __future__ import annotations

import os

from hypothesis import settings

# How long an example takes says more about the machine than about the code. Every change is judged
# by the same examples; new ones are looked for where somebody can follow them up.
settings.register_profile("patient", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("patient")

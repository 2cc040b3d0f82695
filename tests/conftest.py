"""What holds for all tests."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

# How long an example takes says more about the machine than about the code. Every change is judged
# by the same examples; new ones are looked for where somebody can follow them up.
settings.register_profile("patient", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("patient")

# Whoever starts the tests in the background lets them ignore Ctrl-C, and whatever they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

SHARING = ("tests/integration/store/", "tests/integration/cli/", "tests/integration/backtest/")
"""Rooms in which the tests of a module share a store, which takes seconds to make."""
ENGINES = ("embedded", "server")


class OneProcessAStore(LoadScopeScheduling):
    """Sends tests that share a store to one process, those first, and then the others one by one."""

    def _split_scope(self, nodeid: str) -> str:
        path, _, test = nodeid.partition("::")
        if not path.startswith(SHARING):
            return nodeid
        return " ".join([path, *(engine for engine in ENGINES if f"[{engine}" in test)])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneProcessAStore:
    """Return who sends the tests to processes, where pytest runs with `-n`."""
    return OneProcessAStore(config, log)

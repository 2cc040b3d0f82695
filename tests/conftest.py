"""What holds for all tests."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# How long an example takes says more about the machine than about the code. Every change is judged
# by the same examples; new ones are looked for where somebody can follow them up.
settings.register_profile("patient", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests that share what their module makes run in one process, so that it is made once."""
    for item in items:
        made = _made_once(item)
        if made is not None:
            item.add_marker(pytest.mark.xdist_group(made))


def _made_once(item: pytest.Item) -> str | None:
    """Return the name of what a test shares with others of its module, if it does."""
    if not isinstance(item, pytest.Function):
        return None
    fixtures = item._fixtureinfo.name2fixturedefs
    shared = [name for name, found in fixtures.items() if found[-1].scope == "module"]
    if not shared:
        return None
    chosen = item.callspec.params if hasattr(item, "callspec") else {}
    return " ".join(
        [item.nodeid.split("::")[0], *(str(chosen[one]) for one in shared if one in chosen)]
    )

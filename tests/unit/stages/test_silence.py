"""Who does not heed ends that tell nothing finds the same where it is told them."""

from __future__ import annotations

from typing import Any

import pytest

from overheal.detect.base import Detector
from overheal.detect.registry import SCOPE_DETECTORS
from tests.support.histories import catalog, history, said
from tests.support.made import told

DEAF = [kind for kind in SCOPE_DETECTORS if not kind.heeds_silence]


def test_some_do_not_heed_them_and_all_of_these_hear_of_outcomes():
    assert len(DEAF) > 2
    assert all(kind.on_outcome is not Detector.on_outcome for kind in DEAF)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", DEAF, ids=lambda kind: kind.name)
def test_ends_that_tell_nothing_make_no_difference(
    monkeypatch: pytest.MonkeyPatch, kind: type[Detector[Any, Any]], seed: int
):
    events = history(seed, 400, kind.name)
    without = said(told(events, catalog=catalog()))
    monkeypatch.setattr(kind, "heeds_silence", True)
    assert said(told(events, catalog=catalog())) == without

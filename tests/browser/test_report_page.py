from __future__ import annotations

import numpy as np
import pytest

from overheal.report.html import render_html
from tests.unit.report import hostile, sample

SCHEMES = [
    (False, (0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)),
    (True, (0x56, 0xB4, 0xE9), (0xFF, 0x8C, 0x3B)),
]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(render_html(sample.report()), encoding="utf-8")
    return path


def drawn_in(pixels: np.ndarray, color: tuple[int, int, int]) -> int:
    return int((np.abs(pixels.astype(int) - color).max(axis=2) <= 3).sum())


@pytest.mark.parametrize(("dark", "first", "second"), SCHEMES, ids=["light", "dark"])
def test_the_page_shows_its_pictures_without_an_error(browser, page, dark, first, second):
    pixels, console = browser.seen(page, dark=dark)
    assert console == []
    background = pixels[5, 5].mean()
    assert background < 40 if dark else background > 230
    assert drawn_in(pixels, first) > 2_000
    assert drawn_in(pixels, second) > 1_000


def test_every_picture_has_its_place_in_the_page(browser, page):
    dom = browser.run(page, "--dump-dom").stdout
    assert dom.count("<svg") == 6
    assert "gitops and horizontal-pod-autoscaler fight over replicas of shop/checkout" in dom


def test_a_hostile_page_runs_nothing_and_fetches_nothing(browser, tmp_path):
    path = tmp_path / "hostile.html"
    path.write_text(render_html(hostile.report()), encoding="utf-8")
    done = browser.run(path, "--dump-dom")
    assert "<script" not in done.stdout
    assert "<img" not in done.stdout
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []

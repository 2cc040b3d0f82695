"""The page about formats shows what is really read, and names every code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import overheal.sources
from overheal.adapters.registry import ADAPTERS
from tests.unit.sources.framed import framed

PAGE = (Path(__file__).parents[3] / "docs" / "formats.md").read_text()
EXAMPLES = dict(re.findall(r"### (.+?)\n.*?```\n(.*?)```", PAGE, re.DOTALL))


@pytest.mark.parametrize("title", EXAMPLES)
def test_every_example_holds_two_records(title):
    records, letters = framed(EXAMPLES[title].encode())
    assert (len(records), letters) == (2, [])


def test_every_code_of_a_dead_letter_is_explained():
    (folder,) = overheal.sources.__path__
    code = re.compile(r'(?:DeadLetter\([^")]*|Damaged\(\s*|NotYaml\(\s*)"([a-z0-9_]+)"')
    used = {found for file in Path(folder).glob("*.py") for found in code.findall(file.read_text())}
    assert used >= {"not_json", "unfinished", "too_long", "truncated_gzip", "not_yaml"}
    assert [word for word in sorted(used) if f"`{word}`" not in PAGE] == []


def test_every_format_is_explained():
    assert [name for name in ADAPTERS if f"`{name}`" not in PAGE] == []

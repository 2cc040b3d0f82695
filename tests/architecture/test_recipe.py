"""CONTRIBUTING's recipe, followed to the letter: from an empty file to a finding.

`docs/example-detector.md` carries its steps out. Each block of it whose fence names a path is written
there, in a copy of the repository; the others go where their section says.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import ROOT

PAGE = (ROOT / "docs" / "example-detector.md").read_text()
RECIPE = (ROOT / "CONTRIBUTING.md").read_text().split("## Add a detector", 1)[1].split("\n## ")[0]
NAME = "repeated_rollback"
PARTS = ("pipeline", "tests", "docs", "benchmarks", "pyproject.toml", "CONTRIBUTING.md")
CACHES = shutil.ignore_patterns("__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache")


def section(number: int) -> str:
    """Return one numbered step of the page."""
    after = PAGE.split(f"\n## {number}. ", 1)[1]
    return re.split(r"^## \d+\. ", after, maxsplit=1, flags=re.MULTILINE)[0]


def block(text: str, kind: str) -> str:
    """Return the first fenced block of a kind."""
    found = re.search(rf"^(`{{3,}}){kind}\n(.*?)^\1$", text, re.DOTALL | re.MULTILINE)
    assert found, kind
    return found[2]


def put(path: Path, before: str, added: str) -> None:
    """Put lines before the first occurrence of some text."""
    text = path.read_text()
    assert before in text, f"{path} has no {before!r}"
    path.write_text(text.replace(before, added + before, 1))


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """Return a copy of the repository in which every step was taken."""
    root = tmp_path_factory.mktemp("recipe")
    for name in PARTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=CACHES)
        else:
            shutil.copy(source, root / name)
    for path, body in re.findall(r"^```\w+ (\S+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE):
        assert not (root / path).exists()
        (root / path).write_text(body)
    registry = root / "pipeline" / "overheal" / "detect" / "registry.py"
    put(registry, "from overheal.detect.signal", block(section(4), "python"))
    put(registry, ")\nFLEET_DETECTORS", "    RepeatedRollback,\n")
    headlines = root / "pipeline" / "overheal" / "report" / "headlines.py"
    put(headlines, "_PHRASES: dict", block(section(5), "python") + "\n\n")
    put(headlines, '}\n"""How each detector', f'    "{NAME}": _rolled_back,\n')
    first_of_the_fleet = "## cascade\n"
    put(root / "docs" / "detectors.md", first_of_the_fleet, block(section(6), "markdown") + "\n")
    corpus = root / "tests" / "contracts" / "benign" / "corpus.py"
    put(corpus, "    rollouts,\n", "    rollbacks,\n")
    put(corpus, "    *rollouts.ENTRIES,\n", "    *rollbacks.ENTRIES,\n")
    return root


def done(root: Path, *arguments: str) -> str:
    """Run a module of Python in the copy, and return what it says; it must succeed."""
    ran = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "pipeline"), "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    return ran.stdout


def test_the_page_has_every_step_of_the_recipe_in_its_order():
    steps = re.findall(r"^(\d+)\. \*\*(.+?)\*\*", RECIPE, re.MULTILINE)
    shown = re.findall(r"^## (\d+)\. ", PAGE, re.MULTILINE)
    assert [number for number, _ in steps] == shown
    assert "docs/example-detector.md" in RECIPE


def test_the_recipe_names_every_hook_there_is():
    base = (ROOT / "pipeline" / "overheal" / "detect" / "base.py").read_text()
    hooks = set(re.findall(r"def (on_\w+|describe|reaches|close|contradiction)\(", base))
    assert [name for name in sorted(hooks - {"on_time"}) if f"`{name}`" not in RECIPE] == []


def test_its_files_are_in_the_one_style(copy):
    fresh = re.findall(r"^```python (\S+)", PAGE, re.MULTILINE)
    edited = ["pipeline/overheal/detect/registry.py", "pipeline/overheal/report/headlines.py"]
    done(copy, "ruff", "check", "--no-cache", *fresh, *edited, "tests/contracts/benign/corpus.py")
    done(copy, "ruff", "format", "--no-cache", "--check", *fresh, *edited)


def test_its_own_tests_and_what_every_detector_must_pass_are_green(copy):
    chosen = f"{NAME} or taken-back or no_heading or is_registered or benign_sibling or imports"
    files = [f"tests/unit/detect/test_{NAME}.py", "tests/contracts", "tests/unit/report"]
    said = done(copy, "pytest", "-q", "-p", "no:cacheprovider", *files, "-k", chosen)
    assert int(re.search(r"(\d+) passed", said)[1]) >= 25


def test_it_finds_what_it_is_for(copy):
    said = done(copy, "overheal.cli", "analyze", "events.json")
    assert said.startswith(block(section(9), "text"))
    assert f"Found by   {NAME}" in said
    assert "`window_hours`" in done(copy, "overheal.cli", "detectors", NAME)

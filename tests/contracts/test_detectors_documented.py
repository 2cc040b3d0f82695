"""Every registered detector is documented, in the code and in docs/detectors.md, the same way."""

from __future__ import annotations

import ast
import dataclasses
import re
from pathlib import Path

import pytest

from overheal.detect import registry
from overheal.detect.base import Documentation, Settings
from tests.support.made import EVERY, name_of

ROOT = Path(__file__).resolve().parents[2]
DETECT = ROOT / "pipeline" / "overheal" / "detect"
SHARED = {"base", "registry", "settings"}
SENTENCE = re.compile(r"[A-Z].{15,}[.?]", re.DOTALL)

every_detector = pytest.mark.parametrize("detector", EVERY, ids=name_of)


def section(name: str) -> str:
    """Return the text under a detector's heading."""
    text = (ROOT / "docs" / "detectors.md").read_text()
    return re.split(r"^## ", text.split(f"\n## {name}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def shown(default: float) -> str:
    """Return a default as the document writes it."""
    return str(default).lower() if isinstance(default, bool) else f"{default:g}"


def cells(text: str) -> set[tuple[str, ...]]:
    """Return the rows of all tables."""
    rows = [line.strip("|").split(" | ") for line in text.splitlines() if line.startswith("|")]
    return {tuple(cell.strip() for cell in row) for row in rows}


@every_detector
def test_every_setting_says_its_unit_bound_and_meaning(detector):
    assert issubclass(detector.settings_type, Settings)
    assert dataclasses.fields(detector.settings_type)
    for field in dataclasses.fields(detector.settings_type):
        assert isinstance(field.default, int | float)
        assert field.metadata["bound"] in ("inclusive", "exclusive")
        assert len(field.metadata["unit"]) > 3
        assert len(field.metadata["meaning"].split()) >= 3


@every_detector
def test_what_it_says_about_itself_is_sentences(detector):
    for field in dataclasses.fields(Documentation):
        assert SENTENCE.fullmatch(getattr(detector.documentation, field.name)), field.name
    assert detector.documentation.question.endswith("?")


@every_detector
def test_the_document_has_its_settings_and_its_sentences(detector):
    rows = cells(section(detector.name))
    for field in dataclasses.fields(detector.settings_type):
        said = field.metadata
        row = (
            f"`{field.name}`",
            shown(field.default),
            said["unit"],
            said["bound"],
            said["meaning"],
        )
        assert row in rows
    for field in dataclasses.fields(Documentation):
        if field.name != "question":
            about = getattr(detector.documentation, field.name)
            assert (field.name.replace("_", " "), about) in rows
    assert len(section(detector.name).split("\n\n")) >= 4, "prose beside the tables"


@every_detector
def test_the_document_has_a_picture_a_source_and_how_to_tune_it(detector):
    text = section(detector.name)
    assert "\n```text\n" in text
    assert "\n**Source.** " in text
    assert "\n**Tuning.** " in text
    assert detector.documentation.question in text or len(registry.named(detector.name)) > 1


def test_the_document_has_no_heading_and_no_setting_too_many():
    text = (ROOT / "docs" / "detectors.md").read_text()
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == registry.names()
    for kind in EVERY:
        listed = re.findall(r"^\| `(\w+)`", section(kind.name), re.MULTILINE)
        assert listed == [field.name for field in dataclasses.fields(kind.settings_type)]


def test_no_detector_imports_another():
    for path in sorted(DETECT.rglob("*.py")):
        own = path.relative_to(DETECT).parts[0].removesuffix(".py")
        if own in SHARED or own == "__init__":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                found = re.match(r"overheal\.detect\.(\w+)", node.module)
                assert not found or found[1] in {own, *SHARED} - {"registry"}, (
                    f"{path}: {node.module}"
                )


def test_every_file_of_a_detector_is_registered():
    files = {path.name.removesuffix(".py") for path in DETECT.iterdir()} - SHARED
    assert {name for name in files if not name.startswith("_")} == set(registry.names())

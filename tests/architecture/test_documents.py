"""What the documents name exists, and what they promise runs."""

from __future__ import annotations

import re
import subprocess

import pytest

from overheal.detect import registry
from tests.support.command import ROOT, here, installed, run

DOCUMENTS = sorted(
    path.relative_to(ROOT)
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "pipeline" / "README.md"]
)
PATH = re.compile(
    r"`((?:pipeline|overheal|tests|docs|schemas|benchmarks|tools|stages|state)/[\w./-]+)`"
)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_path_that_a_document_names_exists(document):
    text = (ROOT / document).read_text()
    named = {name for name in PATH.findall(text) if "<" not in name}
    roots = (ROOT, ROOT / "pipeline", ROOT / "pipeline" / "overheal")
    missing = [name for name in named if not any((root / name).exists() for root in roots)]
    assert not missing


def test_every_make_target_that_a_document_names_exists():
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = set(re.findall(r"make ([a-z-]+)", listed))
    named = {
        name
        for document in DOCUMENTS
        for name in re.findall(r"`make ([a-z-]+)`", (ROOT / document).read_text())
    }
    assert named <= targets


def test_every_command_has_help_with_examples():
    for command in ("analyze", "demo", "expect add", "drill start", "ack", "report weekly"):
        shown = here(*command.split(), "--help").stdout.decode()
        assert "Examples:" in shown
        assert f"overheal {command}" in shown


def test_the_readme_shows_what_the_demo_prints():
    readme = (ROOT / "README.md").read_text()
    shown = re.search(r"```text\n(.*?)```", readme, re.DOTALL)[1]
    printed = installed("demo").stdout.decode()
    squeezed = " ".join(printed.split())
    for part in shown.split("[…]"):
        assert " ".join(part.split()) in squeezed


def test_the_readme_names_every_detector():
    readme = (ROOT / "README.md").read_text()
    assert sorted(re.findall(r"^\| `(\w+)` \|", readme, re.MULTILINE)) == sorted(registry.names())


def test_ci_calls_make_test():
    assert "make test" in (ROOT / ".ci" / "run").read_text()


def test_the_configuration_page_shows_files_that_are_valid(tmp_path):
    text = (ROOT / "docs" / "configuration.md").read_text()
    config, catalog = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "config.toml").write_text(config)
    (tmp_path / "catalog.toml").write_text(catalog)
    event = ROOT / "schemas" / "examples" / "actions" / "restart-finished.json"
    done = run(
        "analyze",
        event,
        "--config",
        tmp_path / "config.toml",
        "--catalog",
        tmp_path / "catalog.toml",
    )
    assert done.returncode == 0, done.stderr.decode()

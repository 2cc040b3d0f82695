"""What is read for a detector is at least what it looks at."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from types import ModuleType

import pytest

import overheal
from overheal.catalog import Catalog
from overheal.detect.registry import SCOPE_DETECTORS
from overheal.detect.settings import SettingsBook
from overheal.model import Event
from overheal.run.backtest.needs import FLEET_WANTED, READERS, fields_of, wanted
from overheal.run.backtest.plan import part
from overheal.stages import activity, expected, felt, row, rules, scope, telling
from overheal.stages.rules import rules_of
from overheal.state import book, facts, memory
from overheal.state import scope as scope_state
from overheal.store.past import FIELDS, StoredPlace

PACKAGE = Path(overheal.__file__).parent
STAGE = (activity, expected, felt, row, rules, scope, telling, book, facts, memory, scope_state)
NEVER_ON_EVENTS = {"labels"}


def looked_at(path: Path) -> set[str]:
    """Return the fields of events that a file names behind a dot."""
    tree = ast.parse(path.read_text())
    named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return named & set(Event.__struct_fields__)


def imported(path: Path) -> set[Path]:
    """Return the files of state that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("overheal.state."):
            found.add(PACKAGE / (node.module.removeprefix("overheal.").replace(".", "/") + ".py"))
    return found


def files_of(module: str) -> set[Path]:
    """Return the files of a detector, a module or a package, and of the state it uses."""
    parts = module.split(".")
    name = PACKAGE / "detect" / parts[2]
    own = set(name.rglob("*.py")) if name.is_dir() else {name.with_suffix(".py")}
    return own | {other for path in own for other in imported(path)}


@pytest.mark.parametrize("kind", SCOPE_DETECTORS, ids=lambda kind: kind.name)
def test_every_field_that_a_detector_names_is_read_for_it(kind):
    every = rules_of(Catalog(), SettingsBook())
    asked = fields_of(part(every, {kind.name}))
    named = set().union(*(looked_at(path) for path in files_of(kind.__module__)))
    assert named & set(READERS) <= asked


def test_every_field_that_the_stages_name_is_always_read():
    def file(module: ModuleType) -> Path:
        return Path(inspect.getfile(module))

    named = set().union(*(looked_at(file(module)) for module in STAGE if module is not activity))
    assert named & set(READERS) <= {"detail"}, "who is told asks for it, `rules.asked`"
    assert looked_at(Path(inspect.getfile(activity))) <= FLEET_WANTED.fields | {"target"}


def test_the_fields_are_those_of_an_event():
    assert set(READERS) <= set(FIELDS)


def test_actions_that_recover_nothing_are_left_out_only_where_actions_are_brief():
    rules = part(rules_of(Catalog(), SettingsBook()), {"recovery_frequency"})
    place = StoredPlace("production", "checkout", "", 9, 2, 0, 0, 1)
    brief = wanted(rules, [place], lambda *_: 0)
    whole = wanted(rules, [place], lambda *_: 1)
    assert "action_id IN" in brief.actions
    assert "action_id IN" not in whole.actions
    assert "user_visible" in brief.actions
    assert brief.observations == "(user_visible)"


def test_services_that_were_never_recovered_are_left_out_of_what_remembers_nothing_of_them():
    rules = rules_of(Catalog(), SettingsBook())
    ours = StoredPlace("production", "checkout", "", 9, 2, 0, 0, 1)
    other = StoredPlace("production", "search", "", 9, 0, 0, 0, 1)
    for names, left_out in (
        ({"masked_degradation", "ineffective_recovery"}, True),
        ({"masked_degradation", "thrashing"}, False),
    ):
        asked = wanted(part(rules, names), [ours, other], lambda *_: 0)
        assert ("service IN ('checkout')" in asked.actions) == left_out
        long = wanted(part(rules, names), [ours, other], lambda *_: 1)
        assert "service IN" not in long.actions

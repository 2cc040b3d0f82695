"""What is remembered by number stands in docs/detectors.md, with what happens beyond it."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path
from types import ModuleType

import pytest

import overheal.detect
import overheal.state
from overheal import model
from overheal.detect.agent_conflict import coupled, fights
from overheal.detect.agent_conflict import fleet as conflict_fleet
from overheal.detect.agent_conflict import settings as conflict
from overheal.detect.cascade import chain, steps
from overheal.detect.cascade import settings as cascade
from overheal.detect.compound_hazard import chains, crowds
from overheal.detect.incomplete_action import phases
from overheal.detect.ineffective_recovery import returns
from overheal.detect.masked_degradation import service
from overheal.detect.mass_action import agent, counted, led
from overheal.detect.mass_action import settings as mass
from overheal.detect.out_of_order_recovery import trouble
from overheal.detect.silent_automation import agents, counters
from overheal.detect.stale_basis import basis
from overheal.state import (
    contest,
    edges,
    facts,
    footprint,
    memory,
    moments,
    profiles,
    rolling,
    series,
    turns,
    writes,
)

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "detectors.md").read_text()
LINES = TEXT.split("| what is remembered |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
ROWS = {cells[0].strip(): cells[1] for line in LINES if (cells := line.strip("|").split(" | "))}

WRITTEN: dict[str, tuple[int, ...]] = {
    "actions of a scope that are under way": (facts.ACTIONS_KEPT, 2 * facts.ACTIONS_KEPT),
    "without an outcome": (
        facts.UNTOLD_KEPT,
        2 * facts.UNTOLD_KEPT,
        (memory.CROWDED + 1) * facts.UNTOLD_KEPT,
    ),
    "that ended with an outcome": (facts.ACTIONS_KEPT, 2 * facts.ACTIONS_KEPT),
    "events of a service in two hours": (rolling.SINGLES_KEPT, rolling.BURSTS_KEPT),
    "whose end is not told yet": (service.WAITING_KEPT,),
    "gaps that its test looks at": (profiles.HORIZON,),
    "reversals of a field": (turns.TURNS_KEPT,),
    "words that a field": (series.WORDS_KEPT,),
    "values of a field that a finding shows": (writes.WRITES_KEPT,),
    "reversals of a pair": (contest.OVERRIDES_KEPT,),
    "fights over one field": (fights.FIGHTS_KEPT,),
    "coupled fields of a service": (coupled.PLACES_KEPT,),
    "answers without a break": (conflict.RUN_KEPT,),
    "`agent_conflict`, fleet": (conflict_fleet.ACTIONS_KEPT, 2 * conflict_fleet.ACTIONS_KEPT),
    "acts of one agent": (crowds.ACTS_KEPT,),
    "`compound_hazard`: ids": (chains.LINKS_KEPT, 2 * chains.LINKS_KEPT),
    "effects on a field": (basis.EFFECTS_KEPT,),
    "causes of a service": (returns.CAUSES_KEPT,),
    "times of trouble": (trouble.PERIODS_KEPT, trouble.UNFINISHED_KEPT),
    "ended within an hour": (phases.ENDS_KEPT, 2 * phases.ENDS_KEPT),
    "counters of a scope": (counters.COUNTERS_KEPT,),
    "`silent_automation`, fleet": (agents.AGENTS_KEPT,),
    "`cascade`: ids": (steps.NAMES_KEPT, 2 * steps.NAMES_KEPT),
    "services of one chain": (cascade.LONGEST, chain.SERVICES_KEPT),
    "between which edges are learned": (edges.SERVICES_KEPT,),
    "things of one agent": (mass.TOUCHES_KEPT,),
    "things of one finding": (agent.THINGS_KEPT,),
    "`mass_action`: actions under way": (counted.ACTIONS_KEPT, 2 * led.CAUSES_KEPT),
    "a finding's members": (model.MEMBERS_KEPT, moments.TIMELINE_KEPT),
    "services that one finding": (footprint.SERVICES_KEPT,),
}
"""What a row is about, and the numbers that stand in it."""

SHOWN_ONLY = {
    "AGENTS_KEPT",
    "DEEDS_KEPT",
    "FIELDS_KEPT",
    "FOLLOWERS_KEPT",
    "HEARD_KEPT",
    "IDS_KEPT",
    "INFERRED_KEPT",
    "LINKS_KEPT",
    "MOMENTS_KEPT",
    "NAME_KEPT",
    "NOTES_KEPT",
    "PARTS_KEPT",
    "PUSHES_KEPT",
    "STEPS_KEPT",
    "TOP_KEPT",
    "TYPES_KEPT",
    "VITALS_KEPT",
    "WITHDRAWN_KEPT",
    "GAPS_KEPT",
}
"""What is only shown, or estimated from: its number changes no verdict, or only its precision."""


def modules() -> list[ModuleType]:
    """Return everything that remembers."""
    return [
        importlib.import_module(found.name)
        for package in (overheal.detect, overheal.state)
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]


@pytest.mark.parametrize("about", WRITTEN)
def test_a_bound_stands_there_as_it_is(about: str):
    (row,) = [numbers for what, numbers in ROWS.items() if about in what]
    found = [int(one.replace(",", "")) for one in re.findall(r"\d[\d,]*", row)]
    assert set(found) == set(WRITTEN[about])


def test_there_is_a_row_for_each_and_no_other():
    assert len(ROWS) == len(WRITTEN)


def test_every_number_of_things_that_are_kept_is_written_down():
    written = {one for numbers in WRITTEN.values() for one in numbers}
    for module in modules():
        for name, value in vars(module).items():
            if re.fullmatch(r"[A-Z_]*_KEPT", name) and isinstance(value, int):
                is_number = value < model.MINUTE
                assert not is_number or value in written or name in SHOWN_ONLY, (
                    f"{module.__name__}.{name}"
                )

"""Troubles to inject, and neighbours that look alike and are harmless: one function each.

Each returns a `Trouble` for a plan; `at` is when it begins, in seconds from the start, `service`
which one of the fleet it is about.
"""

from overheal.testing.simulate.troubles.decay import inject_degradation, inject_step
from overheal.testing.simulate.troubles.fights import inject_fight
from overheal.testing.simulate.troubles.hazards import (
    inject_cascade,
    inject_compound,
    inject_mass_action,
)
from overheal.testing.simulate.troubles.neighbours import NEIGHBOURS, inject_neighbour
from overheal.testing.simulate.troubles.pressure import inject_pressure
from overheal.testing.simulate.troubles.repeats import inject_flapping, inject_storm
from overheal.testing.simulate.troubles.slips import (
    inject_disagreement,
    inject_incomplete,
    inject_ineffective,
    inject_silence,
)
from overheal.testing.simulate.troubles.trespasses import (
    inject_authority_breach,
    inject_stale_write,
    inject_undo_of_intent,
)
from overheal.testing.simulate.troubles.unheeded import (
    inject_drill,
    inject_out_of_order,
    inject_stale_policy,
)

__all__ = [
    "NEIGHBOURS",
    "inject_authority_breach",
    "inject_cascade",
    "inject_compound",
    "inject_degradation",
    "inject_disagreement",
    "inject_drill",
    "inject_fight",
    "inject_flapping",
    "inject_incomplete",
    "inject_ineffective",
    "inject_mass_action",
    "inject_neighbour",
    "inject_out_of_order",
    "inject_pressure",
    "inject_silence",
    "inject_stale_policy",
    "inject_stale_write",
    "inject_step",
    "inject_storm",
    "inject_undo_of_intent",
]

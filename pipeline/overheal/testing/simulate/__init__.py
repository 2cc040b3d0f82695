"""A fleet that lives, and troubles in it of which the truth is known.

Services recover, are released, follow demand, lose nodes, are touched by people, cost agents and AI
agents; into that, troubles are injected and labelled. The same plan and seed make the same bytes.
Every concern and every trouble draws from a Generator of its own: adding one changes no other.

>>> plan = Plan(services=40, days=2, troubles=(inject_fight(3, at=86_400, rounds=6),))
>>> fleet = simulate(plan, seed=7)
>>> [(stretch.kind, stretch.services, len(stretch.events)) for stretch in fleet.truth]
[('fight', ('team-0000/svc-00003',), 6)]
>>> sum(event.agent == "scaler-of-fight-0" for event in fleet.events())
3
>>> next(fleet.documents())[:40]
b'{"specversion":"1.0","id":"demand-0","so'

A reporter that loses events, repeats them, or brings them late and out of order:

>>> heard = simulate(Plan(services=40, days=2, reporting=drop(0.3)), seed=7)
>>> told = simulate(Plan(services=40, days=2), seed=7)
>>> round(sum(1 for _ in heard.events()) / sum(1 for _ in told.events()), 1)
0.7
"""

from overheal.testing.simulate.fleet import Fleet
from overheal.testing.simulate.gaps import Recoveries
from overheal.testing.simulate.making import document_of
from overheal.testing.simulate.plan import Plan, Trouble
from overheal.testing.simulate.reporting import Reporting, drop
from overheal.testing.simulate.simulation import Simulation, simulate
from overheal.testing.simulate.troubles import (
    NEIGHBOURS,
    inject_authority_breach,
    inject_cascade,
    inject_compound,
    inject_degradation,
    inject_disagreement,
    inject_drill,
    inject_fight,
    inject_flapping,
    inject_incomplete,
    inject_ineffective,
    inject_mass_action,
    inject_neighbour,
    inject_out_of_order,
    inject_pressure,
    inject_silence,
    inject_stale_policy,
    inject_stale_write,
    inject_step,
    inject_storm,
    inject_undo_of_intent,
)
from overheal.testing.simulate.truth import Stretch

__all__ = [
    "NEIGHBOURS",
    "Fleet",
    "Plan",
    "Recoveries",
    "Reporting",
    "Simulation",
    "Stretch",
    "Trouble",
    "document_of",
    "drop",
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
    "simulate",
]

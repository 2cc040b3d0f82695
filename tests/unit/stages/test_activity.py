"""Condensing: variety rather than volume, whatever the batches."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from overheal.catalog import Catalog
from overheal.model import Activity
from overheal.stages.activity import condense, key_of, merge
from overheal.stages.row import Row
from tests.support.made import History, moment


def rows(history: History, **fields) -> list[Row]:
    catalog = Catalog()
    return [Row(event, catalog.place(event), **fields) for event in history.events]


def test_what_an_agent_writes_to_a_field_in_a_second_is_one_activity():
    made = History()
    for number, value in enumerate((4, 5, 6)):
        made.write(10 + number / 10, "hpa", value, value - 1)
    (activity,) = condense(rows(made))
    assert (activity.old, activity.new, activity.count) == (3, 6, 3)
    assert activity.second == moment(10)
    assert activity.last == (moment(10.2), made.events[2].id)
    assert activity.ids == tuple(sorted(event.action_id for event in made.events))


def test_another_second_agent_field_or_target_is_another():
    made = History()
    made.write(10, "hpa", 4)
    made.write(11, "hpa", 4)
    made.write(10, "gitops", 4)
    made.write(10, "hpa", 4, field="image")
    made.write(10, "hpa", 4, target="ledger")
    assert len(condense(rows(made))) == 5


def test_drills_late_events_witnesses_and_what_is_not_done_are_left_out():
    made = History()
    made.write(10, "hpa", 4)
    assert condense(rows(made, drill="game-day")) == []
    assert condense(rows(made, late=True)) == []
    made = History()
    made.write(10, "hpa", 4, witness_of="another")
    made.write(10, "hpa", 4, phase="verified")
    made.write(10, "hpa", 4, phase="proposed")
    made.observe(10, "not_ready")
    assert condense(rows(made)) == []


def test_what_writes_nothing_is_told_beside_what_is_written():
    made = History()
    made.write(10, "hpa", 4)
    made.write(10, "hpa", 5, outcome="failed")
    made.write(10, "hpa", None)
    made.recovery(10, caused_by=("why",))
    written, failed, restart = condense(rows(made))
    assert (written.field, written.new, written.writes) == ("replicas", 4, True)
    assert (failed.field, failed.new, failed.count, failed.writes) == ("", None, 2, False)
    assert (restart.recovery, restart.causes, restart.target.name) == (True, ("why",), "checkout")


def test_signs_of_life_and_what_users_feel_are_told():
    made = History()
    made.observe(10, None, agent="hpa", type="heartbeat")
    made.felt(11)
    alive, felt = condense(rows(made))
    assert (alive.type, alive.agent) == ("heartbeat", "hpa")
    assert (felt.type, felt.felt, felt.service) == ("felt", True, "checkout")


@given(st.lists(st.integers(0, 5), min_size=1, max_size=8), st.randoms())
def test_it_does_not_matter_how_batches_cut_a_second(values, rng):
    made = History()
    for number, value in enumerate(values):
        made.write(10 + number / 100, "hpa", value, value + 1)
    whole = condense(rows(made))
    pieces = rows(made)
    rng.shuffle(pieces)
    merged: dict[object, Activity] = {}
    for piece in pieces:
        (activity,) = condense([piece])
        key = key_of(activity)
        merged[key] = merge(merged[key], activity) if key in merged else activity
    assert list(merged.values()) == whole

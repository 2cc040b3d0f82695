"""The multi-zone outage met by a single-zone runbook.

A runbook for the loss of one zone moves everything to the other one, which it takes to be well. In
April 2023 water in one building in Paris put more than a zone of Google's europe-west9 out of
service; whoever had rehearsed the loss of one zone had rehearsed something else. What could have
been known: at the first move, that what the service needs first is down as well; at the fourth,
that moving does not help.
"""

from __future__ import annotations

from tests.support.story import Story
from tests.support.telling import scenario


def region(story: Story) -> None:
    mode = {"symptom": "zone lost", "recovery": "failover", "after": ["orders-db"]}
    story.world(
        checkout={"depends_on": ["orders-db"], "failure_modes": {"zone": mode}}, orders_db=""
    )
    story.cast("zone-runbook", "workflow", mandate="availability")
    story.cast("db-operator", "workflow")


def moves(story: Story, clock: str, old: str, new: str, **said: object) -> None:
    story.does(
        clock,
        "zone-runbook",
        "failover",
        "checkout",
        thing="Route checkout",
        sets=f"zone {old} → {new}",
        **{"why": f"zone lost: {old} does not answer", "kind": "failure", **said},
    )


@scenario
def test_the_runbook_moves_to_a_zone_that_is_gone_and_back(story: Story):
    region(story)
    story.sees("02:10:00", "zone a does not answer", "checkout")
    story.sees("02:10:20", "no quorum", "orders-db", kind="symptom", status="down")
    moves(story, "02:11:00", "a", "b")
    # Clocks may be off by 5 s: until then the database might have been back just before.
    story.by("02:11:08").finds("out_of_order_recovery", about="checkout", saying="orders-db")
    moves(story, "02:13:00", "b", "a")
    moves(story, "02:15:00", "a", "b")
    story.sees("02:16:00", "orders fail", "checkout", felt=True)
    moves(story, "02:17:00", "b", "a")
    story.by("02:17:03").finds("thrashing", tier="critical", about="checkout", saying="zone")
    story.pages("thrashing")
    story.also("recovery_frequency")


@scenario
def test_three_zones_one_after_the_other_and_none_is_well(story: Story):
    """Nothing goes back and forth here: it is known from the recoveries that did not last."""
    region(story)
    for minute, old, new in ((11, "a", "b"), (16, "b", "c"), (21, "c", "d"), (26, "d", "e")):
        moves(story, f"02:{minute}:00", old, new, why="zone lost")
    story.by("02:26:03").finds("ineffective_recovery", about="checkout", naming=["zone-runbook"])
    story.also("recovery_frequency")


@scenario
def test_one_zone_is_lost_and_the_runbook_is_right(story: Story):
    region(story)
    story.sees("02:10:00", "zone a does not answer", "checkout")
    story.sees("02:10:20", "no quorum", "orders-db", kind="symptom", status="down")
    story.does("02:10:30", "db-operator", "failover", "orders-db", kind="failure", took=9)
    story.sees("02:10:35", "quorum", "orders-db", kind="symptom", status="ok")
    moves(story, "02:11:00", "a", "b")
    moves(story, "19:00:00", "b", "a", why="zone a is back", kind="policy")
    story.stays_silent()

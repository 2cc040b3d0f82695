"""A fail-over that another agent takes for an emergency.

Somebody moves the primary on purpose; for some seconds there is none, and what watches for exactly
that answers. GitHub's incident of 21 October 2018 is the public relative: 43 seconds without a
network were enough for the orchestration to promote databases on the other coast, and both sides
then held writes that the other lacked. What could have been known: at the write that puts the old
primary back, from who had declared what, and from what the second agent had seen, and when.
"""

from __future__ import annotations

from tests.support.story import Story
from tests.support.telling import scenario


def cluster(story: Story) -> None:
    story.world(checkout="orders-db", orders_db="")
    story.cast("ada", "human")
    story.cast("patroni", "platform")
    story.cast("rescue-bot", mandate="recovery time")


def fails_over(story: Story, clock: str, agent: str, old: str, new: str, **said: object) -> str:
    return story.does(
        clock,
        agent,
        "failover",
        "orders-db",
        thing="Cluster orders-db",
        sets=f"primary {old} → {new}",
        **said,
    )


@scenario
def test_a_person_moves_the_primary_and_a_bot_puts_it_back(story: Story):
    cluster(story)
    fails_over(
        story,
        "02:17:00",
        "ada",
        "db-1",
        "db-2",
        why="new disks in db-1",
        kind="manual",
        goal="db-1 is free for new disks",
        until="04:00",
    )
    story.sees("02:17:02", "no primary for 5 s", "orders-db", kind="symptom")
    fails_over(story, "02:17:30", "rescue-bot", "db-2", "db-1", why="no primary", kind="failure")
    story.by("02:17:33").finds(
        "undo_of_intent", tier="critical", naming=["rescue-bot", "ada"], about="orders-db"
    )
    story.pages("undo_of_intent")


@scenario
def test_a_controller_moves_it_and_a_bot_acts_on_what_it_saw_before(story: Story):
    cluster(story)
    fails_over(story, "02:17:00", "patroni", "db-1", "db-2", why="planned switch", took=8)
    fails_over(
        story,
        "02:17:40",
        "rescue-bot",
        "db-2",
        "db-1",
        why="db-2 is not the primary it expects",
        kind="failure",
        saw="02:16:45",
        took=30,
    )
    story.by("02:17:43").finds(
        "stale_basis", tier="critical", naming=["rescue-bot", "patroni"], about="orders-db"
    )
    story.pages("stale_basis")


@scenario
def test_neither_says_why_and_they_go_on(story: Story):
    """Without intent and basis it is known when they have undone each other three times."""
    cluster(story)
    for number in range(4):
        minute = 17 + 4 * number
        fails_over(story, f"02:{minute}:00", "patroni", "db-1", "db-2", why="planned switch")
        fails_over(story, f"02:{minute + 2}:00", "rescue-bot", "db-2", "db-1", kind="failure")
    story.by("02:23:01").finds("agent_conflict", naming=["patroni", "rescue-bot"])
    story.also("ineffective_recovery", "recovery_frequency")


@scenario
def test_the_bot_confirms_what_was_done(story: Story):
    cluster(story)
    moved = fails_over(story, "02:17:00", "ada", "db-1", "db-2", kind="manual", goal="new disks")
    fails_over(
        story, "02:17:30", "rescue-bot", "db-1", "db-2", why="no primary", kind="failure",
        because=moved, saw="02:17:20",
    )  # fmt: skip
    story.stays_silent()


@scenario
def test_the_person_moves_it_back_when_the_disks_are_in(story: Story):
    cluster(story)
    said = {"kind": "manual", "goal": "new disks", "until": "04:00"}
    fails_over(story, "02:17:00", "ada", "db-1", "db-2", **said)
    fails_over(story, "03:10:00", "ada", "db-2", "db-1", kind="manual")
    story.stays_silent()


@scenario
def test_the_primary_fails_for_good_the_day_after(story: Story):
    cluster(story)
    said = {"kind": "manual", "goal": "new disks", "until": "04:00"}
    fails_over(story, "02:17:00", "ada", "db-1", "db-2", **said)
    story.sees("day 2 11:00", "no primary for 30 s", "orders-db", kind="symptom")
    fails_over(story, "day 2 11:00:40", "rescue-bot", "db-2", "db-1", kind="failure")
    story.stays_silent()

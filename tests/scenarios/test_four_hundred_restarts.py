"""A service that restarts itself four hundred times a week, every restart a success.

One every 25 minutes is three in any hour, just what a limit of three an hour lets pass, and it was
always like that, so nothing gets worse either. But a recovery after which the same thing comes back
within half an hour was none: that is known after the fourth one, on the first morning.
"""

from __future__ import annotations

import random

from tests.support.story import DAY, HOUR, MINUTE, Story
from tests.support.telling import scenario

RESTARTS = 400


def restarts(story: Story, kind: str, why: str, gap: float = 7 * DAY / RESTARTS) -> None:
    story.world(images="")
    story.cast("supervisor", "script")
    rng = random.Random(5)
    for number in range(round(7 * DAY / gap)):
        story.does(
            HOUR + number * gap + rng.uniform(-MINUTE, MINUTE),
            "supervisor",
            "restart",
            "images",
            thing="Process images",
            why=why,
            kind=kind,
            took=6,
        )


@scenario
def test_no_restart_helped_and_that_is_known_on_the_first_morning(story: Story):
    restarts(story, "failure", "health check failed")
    story.by("02:20").finds("ineffective_recovery", about="images", naming=["supervisor"])


@scenario
def test_workers_that_are_recycled_as_often_by_schedule(story: Story):
    restarts(story, "schedule", "recycled after 25 minutes")
    story.stays_silent()


@scenario
def test_a_restart_every_two_hours(story: Story):
    """Too rare to be for nothing each time; a trend, if there is one, is another question."""
    restarts(story, "failure", "health check failed", gap=2 * HOUR)
    story.stays_silent()

"""The connection pool that a restart clears for days, then for a day, then for an hour.

A classic that many teams know: connections leak, the pool runs dry, the process is restarted, the
pool is empty again and all is well. Each restart succeeds and nobody is told, until restarts no
longer last. What could have been known: that the gaps shrink, long before they are minutes.
"""

from __future__ import annotations

import random

from tests.support.story import DAY, HOUR, Story
from tests.support.telling import scenario


def restarts(story: Story, gaps: list[float], **measures: list[float]) -> float:
    """Let the kubelet restart the service after each of these gaps (seconds)."""
    story.world(checkout="orders-db", orders_db="")
    story.cast("kubelet", "platform")
    now = 10 * HOUR
    for number, gap in enumerate([0.0, *gaps]):
        now += gap
        story.does(
            now,
            "kubelet",
            "restart",
            "checkout",
            thing="Deployment checkout",
            why="connection pool exhausted",
            kind="failure",
            took=20,
            before={name: values[number] for name, values in measures.items()},
        )
    return now


@scenario
def test_known_while_a_restart_still_lasts_for_most_of_a_day(story: Story):
    """Four days between restarts at first. On day 21 it is known, while they are 1.4 days apart;
    on day 26 it pages, four days before the service cannot be kept up any more."""
    gaps = [96 * HOUR * 0.86**number for number in range(26)]
    restarts(story, gaps)
    story.by("day 21 11:00").finds("masked_degradation", about="checkout", saying="faster")
    story.by("day 26 13:00").finds("masked_degradation", tier="critical", about="checkout")
    story.pages("masked_degradation")


@scenario
def test_connections_in_use_creep_up_before_the_gaps_do_anything(story: Story):
    """Restarts as regular as ever, but each finds more connections in use than the one before.
    Known on day 17, when half as many again are in use as at first."""
    days = 40
    in_use = [60.0 * 1.035**number for number in range(days + 1)]
    restarts(story, [DAY] * days, connections_in_use=in_use)
    story.by("day 17 10:01").finds("masked_degradation", about="checkout", saying="connections")


@scenario
def test_a_service_that_is_restarted_every_other_day_by_chance(story: Story):
    rng = random.Random(7)
    restarts(story, [rng.expovariate(1 / (40 * HOUR)) for _ in range(40)])
    story.stays_silent()


@scenario
def test_one_bad_afternoon_with_the_same_restarts(story: Story):
    """The leak is found and mended within the day: five restarts, then quiet as before."""
    calm = [70 * HOUR, 95 * HOUR, 81 * HOUR, 110 * HOUR, 64 * HOUR, 88 * HOUR, 102 * HOUR]
    restarts(story, [*calm, 3 * HOUR, 2 * HOUR, 1.5 * HOUR, 2 * HOUR, 90 * HOUR, *calm])
    story.stays_silent()


@scenario
def test_as_many_connections_as_ever_at_each_restart(story: Story):
    rng = random.Random(11)
    days = 40
    restarts(story, [DAY] * days, connections_in_use=[rng.gauss(60, 12) for _ in range(days + 1)])
    story.stays_silent()

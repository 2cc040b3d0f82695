"""A generated file that grows past its reader's limit.

Cloudflare, 18 November 2025: after a change of database permissions a query returned rows twice,
and the feature file that was generated from it every five minutes doubled in size. The proxies that
read it had room for 200 features, and panicked. Because only a part of the database had the change
at first, good and bad files took turns every five minutes, and the network fell and recovered with
them; for a while that looked like an attack. What could have been known: that the file goes back
and forth, with the fifth file; that one supervisor restarts proxies everywhere, in seconds.
Where such a file creeps up instead, and its readers are restarted now and then, the size at each
restart tells weeks before. A file that grows and whose readers are never restarted is not seen: it
is a number of theirs, not an action of automation.
"""

from __future__ import annotations

import random

from tests.support.story import DAY, HOUR, MINUTE, Story, seconds_of
from tests.support.telling import scenario

EDGES = 120


def network(story: Story) -> None:
    """Let every proxy be known, by a push of configuration on the first day."""
    story.world(bot_management={"scope": "bots"})
    story.cast("config-push", "workflow")
    story.cast("feature-generator", "workflow")
    story.cast("proxy-supervisor", "script")
    for number in range(EDGES):
        push(story, seconds_of("09:00") + number * 2, number, "r1 → r2")


def push(story: Story, clock: float, number: int, sets: str) -> None:
    edge = f"edge-{number:03d}"
    thing = f"Proxy {edge}"
    story.does(
        clock, "config-push", "deploy", edge, thing=thing, sets=f"file {sets}", kind="rollout"
    )


def generated(story: Story, clock: float, features: int, before: int) -> None:
    story.does(
        clock,
        "feature-generator",
        "config_change",
        "bot-management",
        thing="File features",
        sets=f"features {before} → {features}",
        why="every five minutes",
        kind="schedule",
    )


@scenario
def test_good_and_bad_files_take_turns_and_proxies_fall_everywhere(story: Story):
    network(story)
    start = seconds_of("day 3 11:20")
    for turn in range(6):
        now = start + turn * 5 * MINUTE
        bad = turn % 2 == 0
        generated(story, now, 240 if bad else 60, 60 if bad else 240)
        for number in range(EDGES) if bad else ():
            story.does(
                now + 30 + number * 0.4,
                "proxy-supervisor",
                "restart",
                f"edge-{number:03d}",
                thing=f"Proxy edge-{number:03d}",
                why="panicked while loading features",
                kind="failure",
                took=3,
            )
    story.by("day 3 11:20:36").finds("mass_action", naming=["proxy-supervisor"])
    story.by("day 3 11:20:46").finds("mass_action", tier="critical", naming=["proxy-supervisor"])
    story.by("day 3 11:40:01").finds("thrashing", about="bot-management", saying="features")
    story.pages("mass_action")


@scenario
def test_the_size_creeps_up_under_a_reader_that_is_restarted_now_and_then(story: Story):
    """From 60 features to 190 in seven weeks; known when there are some 110, long before 200."""
    story.world(reader={"depends_on": ["bot-management"]}, bot_management="")
    story.cast("kubelet", "platform")
    now, rng = 8 * HOUR, random.Random(3)
    for number in range(34):
        story.does(
            now,
            "kubelet",
            "restart",
            "reader",
            thing="Deployment reader",
            why="slow to answer",
            kind="failure",
            took=20,
            before={"features": 60 + 4 * number},
        )
        now += DAY * rng.uniform(1.2, 1.8)
    story.by("day 32 00:00").finds("masked_degradation", about="reader", saying="features")


@scenario
def test_the_file_grows_a_little_each_time_and_reaches_every_proxy(story: Story):
    network(story)
    for turn in range(6):
        now = seconds_of("day 3 11:20") + turn * 5 * MINUTE
        generated(story, now, 61 + turn, 60 + turn)
        for number in range(EDGES):
            push(story, now + 30 + number * 0.4, number, f"f{turn} → f{turn + 1}")
    story.stays_silent()


@scenario
def test_a_few_proxies_are_restarted_while_the_file_is_as_ever(story: Story):
    network(story)
    for turn in range(12):
        now = seconds_of("day 3 11:20") + turn * 5 * MINUTE
        generated(story, now, 60, 60)
        if turn % 3 == 0:
            story.does(
                now + 30,
                "proxy-supervisor",
                "restart",
                f"edge-{turn:03d}",
                thing=f"Proxy edge-{turn:03d}",
                why="out of memory",
                kind="failure",
                took=3,
            )
    story.stays_silent()

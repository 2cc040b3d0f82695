"""An automation that drains machines everywhere at once.

Google, 2 June 2019: maintenance automation descheduled the network control plane in several
physical locations at the same time, because what it was allowed to touch was wider than anybody
thought; Google's book on site reliability tells of a turn-down automation that wiped the disks of
all machines of a network, because an empty list meant everything. Every single drain is right. What
could have been known: at the eighth machine, that this agent never took more than a few.
"""

from __future__ import annotations

from tests.support.story import Story, seconds_of
from tests.support.telling import scenario

SITES, MACHINES = 6, 50


def fleet(story: Story, nights: int = 10) -> None:
    """Three hundred machines at six sites; each night two of them are drained and come back."""
    story.cast("maintenance", "script", mandate="hardware health")
    story.cast("scheduler", "platform")
    story.cast("kernel-rollout", "workflow")
    story.cast("inventory", "workflow")
    for site in range(SITES):
        for number in range(MACHINES):
            clock = seconds_of("00:10") + (site * MACHINES + number) * 3
            story.does(
                clock,
                "inventory",
                "config_change",
                scope=f"site-{site}",
                thing=f"Node node-{site}-{number:02d}",
                sets="labels → v2",
                kind="rollout",
            )
    for night in range(nights):
        drain(story, seconds_of(f"day {night + 1} 03:00"), 6 * night, "policy")
        drain(story, seconds_of(f"day {night + 1} 03:04"), 6 * night + 3, "policy")


def drain(story: Story, clock: float, number: int, kind: str, agent: str = "maintenance") -> str:
    """Drain one machine; counted over all sites, so that the next one is at another site."""
    site, machine = number % SITES, number // SITES
    return story.does(
        clock,
        agent,
        "drain",
        scope=f"site-{site}",
        thing=f"Node node-{site}-{machine:02d}",
        sets="schedulable true → false",
        why="maintenance is due",
        kind=kind,
    )


def drains(story: Story, machines: int) -> None:
    """Drain a machine every two seconds, at all sites in turn; the scheduler moves what ran."""
    start = seconds_of("day 11 11:45")
    for number in range(machines):
        clock = start + number * 2
        moved = drain(story, clock, number, "policy")
        story.does(
            clock + 1,
            "scheduler",
            "reschedule",
            f"svc-{number % 40:02d}",
            thing=f"Pod pod-{number:03d}",
            why="its node is drained",
            kind="failure",
            because=moved,
            scope=f"site-{number % SITES}",
        )


@scenario
def test_known_at_the_eighth_machine_of_a_hundred_and_twenty(story: Story):
    """It pages at a fifth of what there is at one site, machines and what runs on them. What the
    scheduler then moves is as much, and its own doing to nobody: one page."""
    fleet(story)
    drains(story, 120)
    story.by("day 11 11:45:17").finds("mass_action", naming=["maintenance"])
    story.by("day 11 11:47:27").finds("mass_action", tier="critical", naming=["maintenance"])
    story.pages("mass_action")


@scenario
def test_users_feel_a_service_that_was_moved(story: Story):
    """The page comes at once, for the machines: nobody touched the service but the scheduler."""
    fleet(story)
    drains(story, 30)
    story.sees("day 11 11:45:40", "requests fail", "svc-03", felt=True)
    story.by("day 11 11:45:43").finds("mass_action", tier="critical", naming=["maintenance"])
    story.pages("mass_action")


@scenario
def test_two_machines_every_night(story: Story):
    fleet(story, nights=25)
    story.stays_silent()


@scenario
def test_a_new_kernel_for_all_machines_one_after_the_other(story: Story):
    fleet(story)
    start = seconds_of("day 11 11:45")
    for number in range(120):
        drain(story, start + number * 30, number, "rollout", agent="kernel-rollout")
    story.stays_silent()

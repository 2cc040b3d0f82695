"""Two redundant mechanisms that both fire: redundancy, not conflict.

A health checker and an orchestrator both notice that zone a is gone, and both move traffic to zone
b. That is what they were built for twice. It is a conflict only where they want different things.
"""

from __future__ import annotations

from tests.support.story import Story
from tests.support.telling import scenario


def rivals(story: Story, first: str, second: str, times: int = 3) -> None:
    story.world(checkout="orders-db", orders_db="")
    story.cast("dns-failover", "script", mandate="availability")
    story.cast("orchestrator", "workflow", mandate="reliability")
    for number in range(times):
        minute = 5 * number
        for agent, zone, second_of in (("dns-failover", first, 0), ("orchestrator", second, 40)):
            story.does(
                f"02:{10 + minute:02d}:{second_of:02d}",
                agent,
                "traffic_shift",
                "checkout",
                thing="Route checkout",
                sets=f"primary → {zone}",
                why="zone a does not answer",
                kind="policy",
            )


@scenario
def test_both_fail_over_to_the_same_zone_again_and_again(story: Story):
    rivals(story, "zone-b", "zone-b")
    story.stays_silent()


@scenario
def test_both_restart_the_same_process_within_a_minute(story: Story):
    story.world(checkout="orders-db", orders_db="")
    story.cast("kubelet", "platform")
    story.cast("watchdog", "script", mandate="availability")
    story.sees("02:10:00", "probe failed", "checkout", kind="symptom")
    for clock, agent in (("02:10:05", "kubelet"), ("02:10:20", "watchdog")):
        story.does(clock, agent, "restart", "checkout", why="probe failed", kind="failure", took=4)
    story.stays_silent()


@scenario
def test_each_moves_to_another_zone(story: Story):
    rivals(story, "zone-b", "zone-c")
    story.by("02:20:01").finds(
        "agent_conflict", naming=["dns-failover", "orchestrator"], saying="primary"
    )

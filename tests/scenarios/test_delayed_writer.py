"""The delayed writer that overwrites a newer plan, then a clean-up that deletes what is in use.

Amazon's summary of the DynamoDB disruption in us-east-1 on 19 and 20 October 2025: redundant
enactors apply DNS plans for an endpoint. One was unusually slow; its check that its plan was newer
than the one in place had long become stale when it applied an old plan over the newer one. Another
enactor, having applied the newer plan, then cleaned up plans that were many generations old, among
them the one that had just gone live, and the endpoint had no addresses left. What could have been
known: the moment the old plan was written over the newer one, before the clean-up ran.
"""

from __future__ import annotations

from tests.support.story import Story
from tests.support.telling import scenario

RECORD = "dns_record dynamo-endpoint"


def endpoint(story: Story) -> None:
    story.world(endpoint="")
    story.cast("dns-enactor", "workflow", mandate="availability")


def applies(story: Story, start: str, end: str, zone: str, plans: str) -> None:
    """Let the enactor of a zone apply a plan that it picked up at `start`."""
    action = story.begins(
        start,
        "dns-enactor",
        "config_change",
        "endpoint",
        thing=RECORD,
        sets=f"plan {plans}",
        why="a plan is to be applied",
        instance=zone,
        saw=start,
    )
    story.ends(end, action)


def cleans_up(story: Story, clock: str, zone: str, plan: str, saw: str) -> None:
    story.does(
        clock,
        "dns-enactor",
        "cleanup",
        "endpoint",
        thing=f"dns_plan {plan}",
        sets="exists true → false",
        why="plans that are many generations old",
        kind="policy",
        instance=zone,
        saw=saw,
    )


@scenario
def test_the_old_plan_is_noticed_before_the_clean_up_and_the_clean_up_as_it_runs(story: Story):
    endpoint(story)
    applies(story, "06:30:00", "06:30:20", "enactor-b", "plan-100 → plan-101")
    slow = story.begins(
        "06:31:00",
        "dns-enactor",
        "config_change",
        "endpoint",
        thing=RECORD,
        sets="plan plan-101 → plan-102",
        instance="enactor-a",
        saw="06:31:00",
    )
    applies(story, "06:40:00", "06:40:10", "enactor-b", "plan-101 → plan-140")
    story.ends("06:47:00", slow)
    story.by("06:47:01").finds("stale_basis", about="endpoint", naming=["dns-enactor"])
    cleans_up(story, "06:48:00", "enactor-b", "plan-102", saw="06:40:10")
    story.by("06:48:01").finds("stale_basis", tier="critical", saying="plan-102")
    story.sees("06:48:30", "endpoint has no addresses", "endpoint", felt=True)
    story.pages("stale_basis")


@scenario
def test_a_slow_enactor_that_puts_back_the_very_plan_that_was_replaced(story: Story):
    endpoint(story)
    applies(story, "06:30:00", "06:30:20", "enactor-b", "plan-100 → plan-101")
    slow = story.begins(
        "06:31:00",
        "dns-enactor",
        "config_change",
        "endpoint",
        thing=RECORD,
        sets="plan → plan-101",
        instance="enactor-a",
        saw="06:31:00",
    )
    applies(story, "06:40:00", "06:40:10", "enactor-b", "plan-101 → plan-140")
    story.ends("06:47:00", slow)
    story.by("06:47:01").finds("stale_basis", tier="critical", about="endpoint")
    story.pages("stale_basis")


@scenario
def test_enactors_that_take_turns_and_clean_up_what_nobody_uses(story: Story):
    endpoint(story)
    for number in range(12):
        zone, minute = f"enactor-{'abc'[number % 3]}", number * 4
        plans = f"plan-{100 + number} → plan-{101 + number}"
        applies(story, f"06:{minute:02d}:00", f"06:{minute:02d}:50", zone, plans)
        if number > 4:
            gone = f"plan-{96 + number}"
            cleans_up(story, f"06:{minute + 2:02d}:00", zone, gone, saw=f"06:{minute + 1:02d}:30")
    story.stays_silent()


@scenario
def test_all_enactors_apply_the_same_plan_one_of_them_late(story: Story):
    endpoint(story)
    applies(story, "06:40:00", "06:40:10", "enactor-b", "plan-139 → plan-140")
    applies(story, "06:40:01", "06:40:30", "enactor-c", "plan-139 → plan-140")
    applies(story, "06:40:02", "06:49:00", "enactor-a", "plan-139 → plan-140")
    story.stays_silent()

"""The 2:17 a.m. night: three agents are each right, and together they take the database away.

The design's own case. A performance agent scales out, a cost agent sheds database instances that
look idle, and a routing agent shifts traffic; each reports success. The database they all need goes
two minutes later. Nothing failed before that, so nothing but their meeting could have been known,
and that at the start of the third action.
"""

from __future__ import annotations

from tests.support.story import Story
from tests.support.telling import scenario


def shop(story: Story) -> None:
    story.world(checkout="orders-db", storefront="checkout", orders_db="", reports="archive-db")
    story.world(archive_db="", images="")
    story.cast("perf-agent", mandate="latency")
    story.cast("cost-agent", mandate="cost")
    story.cast("routing-agent", mandate="reliability")
    story.cast("kubelet", "platform")


@scenario
def test_the_page_comes_before_the_database_goes(story: Story):
    shop(story)
    story.does(
        "02:15:20",
        "perf-agent",
        "scale",
        "checkout",
        thing="Deployment checkout",
        sets="replicas 6 → 12",
        why="p99 above 400 ms",
        kind="demand",
    )
    story.does(
        "02:16:10",
        "cost-agent",
        "scale",
        "orders-db",
        thing="Database orders-db",
        sets="instances 5 → 3",
        why="two instances idle for an hour",
        kind="cost",
    )
    story.does(
        "02:17:05",
        "routing-agent",
        "traffic_shift",
        "storefront",
        thing="Route storefront",
        sets="zone-b 20 → 50",
        why="zone a is slow",
    )
    story.by("02:17:08").finds(
        "compound_hazard",
        tier="critical",
        naming=["perf-agent", "cost-agent", "routing-agent"],
        saying="orders-db",
    )
    story.sees("02:19:00", "connections refused", "orders-db", felt=True)
    story.does(
        "02:19:20",
        "kubelet",
        "restart",
        "checkout",
        thing="Pod checkout-1",
        why="liveness probe failed",
        kind="failure",
    )
    story.pages("compound_hazard")


@scenario
def test_known_when_the_third_one_starts_and_not_when_it_ends(story: Story):
    shop(story)
    first = story.begins("02:15:20", "perf-agent", "scale", "checkout", kind="demand")
    second = story.begins("02:16:10", "cost-agent", "cleanup", "orders-db", kind="cost")
    third = story.begins("02:17:05", "routing-agent", "traffic_shift", "storefront")
    story.by("02:17:06").finds("compound_hazard", tier="critical", saying="orders-db")
    story.ends("02:18:10", first)
    story.ends("02:18:20", second)
    story.ends("02:18:30", third)
    story.pages("compound_hazard")


@scenario
def test_the_same_three_within_two_minutes_on_what_shares_nothing(story: Story):
    shop(story)
    story.does("02:15:20", "perf-agent", "scale", "checkout", sets="replicas 6 → 12", kind="demand")
    story.does("02:16:10", "cost-agent", "scale", "reports", sets="instances 5 → 3", kind="cost")
    story.does("02:17:05", "routing-agent", "traffic_shift", "images", sets="zone-b 20 → 50")
    story.stays_silent()


@scenario
def test_the_same_three_on_the_same_things_in_the_course_of_an_hour(story: Story):
    shop(story)
    story.does("02:15:20", "perf-agent", "scale", "checkout", sets="replicas 6 → 12", kind="demand")
    story.does("02:35:10", "cost-agent", "scale", "orders-db", sets="instances 5 → 4", kind="cost")
    story.does("02:57:05", "routing-agent", "traffic_shift", "storefront", sets="zone-b 20 → 50")
    story.stays_silent()


@scenario
def test_one_autoscaler_and_what_it_sets_off(story: Story):
    """An autoscaler, the controller it drives, the node autoscaler that makes room: one agent."""
    shop(story)
    story.cast("horizontal-pod-autoscaler", "autoscaler")
    story.cast("deployment-controller", "platform", mandate="conformity")
    story.cast("cluster-autoscaler", "autoscaler")
    wish = story.does(
        "02:15:20",
        "horizontal-pod-autoscaler",
        "scale",
        "checkout",
        thing="Deployment checkout",
        sets="replicas 6 → 12",
        kind="demand",
    )
    made = story.does(
        "02:15:21",
        "deployment-controller",
        "scale",
        "checkout",
        thing="ReplicaSet checkout-7f",
        sets="replicas 6 → 12",
        because=wish,
        kind="demand",
    )
    story.does(
        "02:15:50",
        "cluster-autoscaler",
        "scale",
        "orders-db",
        thing="NodePool general",
        sets="nodes 9 → 11",
        because=made,
        kind="demand",
    )
    story.stays_silent()

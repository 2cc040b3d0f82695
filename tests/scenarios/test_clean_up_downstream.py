"""A clean-up that triggers a fault downstream.

What nobody seems to use is removed, and it was in use by something that something else needs. In
Atlassian's outage of April 2022 a script that was to remove a retired app was given the ids of
whole sites, and deleted hundreds of them one after the other, each deletion a success. The other
shape is smaller: one thing goes, and what needs it falls, service by service. Either is known from
the actions alone: the blast radius at the eighth deletion, the chain at its third service.
"""

from __future__ import annotations

from tests.support.story import Story, seconds_of
from tests.support.telling import scenario


def chain(story: Story) -> None:
    story.world(resolver={"scope": "network"}, accounts={"depends_on": ["resolver"], "scope": "id"})
    story.world(checkout={"depends_on": ["accounts"]}, storefront={"depends_on": ["checkout"]})
    story.world(reports={"scope": "reports"}, images={"scope": "media"})
    story.cast("janitor", "script", mandate="cost")
    story.cast("kubelet", "platform")
    story.cast("traffic-agent", mandate="reliability")


def restart(story: Story, clock: str | float, service: str, why: str) -> None:
    story.does(clock, "kubelet", "restart", service, why=why, kind="failure", took=5)


def removes_record(story: Story, clock: str, kind: str = "policy") -> None:
    story.does(
        clock,
        "janitor",
        "cleanup",
        "resolver",
        thing="dns_record accounts-internal",
        sets="exists true → false",
        why="nobody asked for it in 30 days",
        kind=kind,
    )


@scenario
def test_one_record_goes_and_three_services_fall_one_by_one(story: Story):
    chain(story)
    removes_record(story, "03:00:00")
    restart(story, "03:00:40", "accounts", "cannot resolve")
    restart(story, "03:01:30", "checkout", "accounts does not answer")
    story.by("03:01:33").finds("cascade", naming=["janitor"], saying="resolver")
    story.sees("03:02:00", "orders fail", "checkout", felt=True)
    story.by("03:02:03").finds("cascade", tier="critical", saying="Users feel checkout")
    story.does("03:02:20", "traffic-agent", "traffic_shift", "storefront", kind="failure")
    story.by("03:02:23").finds("cascade", tier="critical", naming=["janitor", "traffic-agent"])
    story.pages("cascade")


@scenario
def test_the_same_where_the_clean_up_is_a_job_of_the_night(story: Story):
    """What a schedule asks for may begin a chain like everything else."""
    chain(story)
    removes_record(story, "03:00:00", kind="schedule")
    restart(story, "03:00:40", "accounts", "cannot resolve")
    restart(story, "03:01:30", "checkout", "accounts does not answer")
    story.by("03:01:33").finds("cascade", naming=["janitor"], saying="resolver")


@scenario
def test_a_script_deletes_site_after_site(story: Story):
    story.cast("retire-app", "script", mandate="cost")
    story.cast("provisioner", "workflow")
    for number in range(200):
        story.does(
            seconds_of("01:00") + number * 60,
            "provisioner",
            "config_change",
            f"site-{number:03d}",
            thing=f"Site site-{number:03d}",
            sets="quota → 10",
            kind="rollout",
        )
    for number in range(60):
        story.does(
            seconds_of("day 4 07:38") + number * 4,
            "retire-app",
            "cleanup",
            f"site-{number:03d}",
            thing=f"Site site-{number:03d}",
            sets="exists true → false",
            why="belongs to the retired app",
        )
    story.by("day 4 07:38:30").finds("mass_action", naming=["retire-app"])
    story.by("day 4 07:40:40").finds("mass_action", tier="critical", naming=["retire-app"])
    story.pages("mass_action")


@scenario
def test_a_clean_up_and_restarts_elsewhere_and_later(story: Story):
    chain(story)
    removes_record(story, "03:00:00")
    restart(story, "03:00:40", "reports", "out of memory")
    restart(story, "03:01:30", "images", "out of memory")
    restart(story, "03:40:00", "checkout", "out of memory")
    story.stays_silent()


@scenario
def test_expired_sessions_are_cleaned_up_by_the_dozen_every_night(story: Story):
    story.cast("janitor", "script", mandate="cost")
    for night in range(6):
        for number in range(60):
            name = f"session-{night}-{number}"
            story.does(
                seconds_of(f"day {night + 1} 03:00") + number * 3,
                "janitor",
                "cleanup",
                "accounts",
                thing=f"Session {name}",
                sets="exists true → false",
                why="expired",
                kind="schedule",
            )
    story.stays_silent()

"""Two controllers that undo each other all night.

An autoscaler raises the replicas, and a tool that applies manifests in which the number is fixed
takes it back; both report success. Kubernetes and Argo CD both advise to leave `replicas` out of
what is applied where an autoscaler owns it, because this is what happens otherwise.
"""

from __future__ import annotations

from itertools import pairwise

from tests.support.story import MINUTE, Story, seconds_of
from tests.support.telling import scenario


def night(story: Story) -> None:
    story.world(checkout="")
    story.cast("horizontal-pod-autoscaler", "autoscaler")
    story.cast("argocd", "workflow")
    story.cast("keda", "autoscaler")


def scale(story: Story, clock: float, agent: str, sets: str, kind: str) -> None:
    thing = "Deployment checkout"
    story.does(clock, agent, "scale", "checkout", thing=thing, sets=sets, kind=kind)


@scenario
def test_known_at_the_third_time_that_one_takes_back_what_the_other_did(story: Story):
    night(story)
    start = seconds_of("00:10:00")
    for hour in range(12):
        now = start + hour * 30 * MINUTE
        scale(story, now, "horizontal-pod-autoscaler", "replicas 3 → 8", "demand")
        scale(story, now + 3 * MINUTE, "argocd", "replicas 8 → 3", "policy")
    story.by("00:43:01").finds(
        "agent_conflict", naming=["argocd", "horizontal-pod-autoscaler"], saying="replicas"
    )
    story.by("03:10:01").finds("agent_conflict", tier="critical")
    story.pages("agent_conflict")


@scenario
def test_an_autoscaler_that_goes_up_and_down_alone(story: Story):
    night(story)
    start, replicas = seconds_of("00:10:00"), [3, 5, 8, 6, 4, 3, 5, 7, 9, 6, 4, 3]
    for number, (old, new) in enumerate(pairwise(replicas)):
        now = start + number * 30 * MINUTE
        scale(story, now, "horizontal-pod-autoscaler", f"replicas {old} → {new}", "demand")
    story.stays_silent()


@scenario
def test_two_autoscalers_that_follow_the_same_demand(story: Story):
    night(story)
    start, replicas = seconds_of("00:10:00"), [3, 5, 8, 6, 4, 3, 5, 7, 9, 6, 4, 3]
    for number, (old, new) in enumerate(pairwise(replicas)):
        now = start + number * 30 * MINUTE
        for late, agent in enumerate(("horizontal-pod-autoscaler", "keda")):
            scale(story, now + 20 * late, agent, f"replicas {old} → {new}", "demand")
    story.stays_silent()

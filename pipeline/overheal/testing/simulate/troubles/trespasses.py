"""Actions that go over somebody else's will, knowledge or permission."""

from __future__ import annotations

from typing import Any

from overheal.model import Detail
from overheal.testing.simulate.plan import Trouble
from overheal.testing.simulate.scene import Scene


def inject_stale_write(service: int, *, at: float, behind_seconds: float = 120.0) -> Trouble:
    """Let a writer put back an old plan: it looked `behind_seconds` before, then another wrote."""

    def happen(scene: Scene) -> None:
        looked, field = at, {"field": "plan", "type_": "config_change"}
        newer = looked + behind_seconds * float(scene.rng.uniform(0.2, 0.8))
        told = scene.write(newer, service, scene.agent("planner"), "plan-8", old="plan-7", **field)
        seen = Detail(
            observed_at=scene.moment(looked), observed_version="plan-7", instance="copy-1"
        )
        late = scene.write(
            looked + behind_seconds, service, scene.agent("delayed"), "plan-7", old="plan-8",
            detail=seen, duration=1.0, **field,
        )  # fmt: skip
        scene.label("stale_write", [told, late], steps=[late.time])

    return Trouble("stale_write", happen)


def inject_undo_of_intent(
    service: int, *, at: float, hours: float = 4.0, after_share: float = 0.5
) -> Trouble:
    """Let automation take back, inside its window, what a human declared to want for some hours."""

    def happen(scene: Scene) -> None:
        until = scene.moment(at + hours * 3600)
        wish = Detail(goal="room for the sale", until=until)
        said = scene.write(
            at, service, "ada", 12, old=4, kind="human", trigger="manual", detail=wish,
            field="floor",
        )  # fmt: skip
        undone = scene.write(
            at + after_share * hours * 3600, service, scene.agent("saver"), 4, old=12,
            trigger="cost", mandate="cost", field="floor",
        )  # fmt: skip
        scene.label("undo_of_intent", [said, undone], steps=[undone.time])

    return Trouble("undo_of_intent", happen)


def inject_authority_breach(service: int, *, at: float, breach: str = "level") -> Trouble:
    """Let an AI agent do what the owners of a service do not allow: `level`, `boundary`,
    `confidence` or `check`.
    """  # noqa: D205
    entries: dict[str, dict[str, Any]] = {
        "level": {"allowed_autonomy_level": 2},
        "boundary": {"boundaries": ["restart", "scale", "reschedule", "deploy", "rollback"]},
        "confidence": {"escalate_below_confidence": 0.7},
        "check": {"required_policy_checks": ["approved-image"]},
    }
    details = {
        "level": Detail(autonomy_level=4, authority="automatic"),
        "boundary": Detail(autonomy_level=2, authority="automatic"),
        "confidence": Detail(autonomy_level=2, confidence=0.4, authority="automatic"),
        "check": Detail(authority="automatic", checks=(("approved-image", False),)),
    }

    def happen(scene: Scene) -> None:
        made = scene.act(
            at, service, agent=scene.agent("eager"), kind="ai_agent", type_="failover",
            trigger="failure", condition="primary is slow", detail=details[breach],
            target=scene.fleet.deployments[service], duration=5.0,
        )  # fmt: skip
        scene.label("authority_breach", [made])

    return Trouble("authority_breach", happen, catalog={service: entries[breach]})

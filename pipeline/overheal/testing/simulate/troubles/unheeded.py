"""What owners declared and automation does not heed."""

from __future__ import annotations

from overheal.model import MICROSECOND, Detail
from overheal.testing.simulate.gaps import DAY
from overheal.testing.simulate.plan import Trouble
from overheal.testing.simulate.scene import Scene

_SYMPTOM = "pool exhausted"
_DRILL_SECONDS = 7200.0


def inject_out_of_order(service: int, *, at: float, after: int, name: str) -> Trouble:
    """Let a service be restarted while the one it has to come after, `after`, is still down.

    `name` is that one's name, by which the owners know it. The only step is the restart.
    """
    mode = {"symptom": _SYMPTOM, "recovery": "restart", "after": [name]}

    def happen(scene: Scene) -> None:
        scene.see(at, after, kind="symptom", signal="ready", value="down")
        made = scene.act(
            at + 60, service, agent=scene.agent("healer"), kind="script", type_="restart",
            trigger="failure", condition=_SYMPTOM, duration=5.0,
            target=scene.fleet.deployments[service],
        )  # fmt: skip
        scene.see(at + 300, after, kind="symptom", signal="ready", value="up")
        scene.label("out_of_order", [made])

    entry = {"failure_modes": {"pool_exhausted": mode}}
    return Trouble("out_of_order", happen, frozenset({service, after}), {service: entry})


def inject_stale_policy(service: int, *, at: float, older_days: float = 200.0) -> Trouble:
    """Let an agent follow a policy written so many days before its target was last changed.

    The only step is that action.
    """

    def happen(scene: Scene) -> None:
        scene.write(
            at - 3600, service, "ada", "v2", old="v1", kind="human", trigger="manual",
            field="plan", type_="config_change",
        )  # fmt: skip
        written = scene.moment(at) - round(older_days * DAY) * MICROSECOND
        rule = Detail(policy="sizing", policy_version="7", policy_changed_at=written)
        made = scene.write(at, service, scene.agent("sizer"), 6, old=4, field="floor", detail=rule)
        scene.label("stale_policy", [made])

    return Trouble("stale_policy", happen)


def inject_drill(service: int, *, at: float) -> Trouble:
    """Let automation act in the first ten minutes of a drill that wants none of it.

    The drill lasts two hours; the only step is that action.
    """

    def happen(scene: Scene) -> None:
        made = scene.write(
            at + float(scene.rng.uniform(60, 600)), service, scene.agent("eager"), 6, old=4
        )
        scene.label("drill", [made])

    drill = (service, at, at + _DRILL_SECONDS)
    return Trouble("drill", happen, frozenset({service}), drills=(drill,))

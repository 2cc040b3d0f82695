"""The two files of scenarios, and the plans they make.

`tuning.toml` is what detectors may be tuned on; `holdout.toml` was written down before anything was
measured and is frozen by its hash: what the report is judged by.
"""

from __future__ import annotations

import hashlib
import tomllib
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from overheal.testing import simulate as sim
from overheal.testing.simulate import Fleet, Plan, Recoveries, Trouble

HERE = Path(__file__).parent
SETS = ("tuning", "holdout")
PER_SCOPE = 10
DAY = 86_400.0

Entry = Mapping[str, Any]


def load(name: str) -> dict[str, Any]:
    """Return one of the two sets; raises `ValueError` where the holdout is not the frozen one."""
    raw = (HERE / f"{name}.toml").read_bytes()
    if name == "holdout" and hashlib.sha256(raw).hexdigest() != frozen():
        raise ValueError("holdout.toml is not what holdout.sha256 froze: it must not be tuned")
    return tomllib.loads(raw.decode())


def frozen() -> str:
    """Return the hash of the frozen holdout."""
    return (HERE / "holdout.sha256").read_text().strip()


def recoveries(entry: Entry) -> Recoveries:
    """Return how services recover by an entry of `nulls`."""
    fields = {key: value for key, value in entry.items() if key != "title"}
    return Recoveries(**{**fields, "per_day": tuple(fields["per_day"])})


def null_plan(entry: Entry, services: int, days: float) -> Plan:
    """Return a fleet in which nothing is wrong; most of what happens are recoveries."""
    return Plan(
        services=services,
        days=days,
        recoveries=recoveries(entry),
        autoscaled=0.02,
        costed=0.02,
        releases_per_week=1.0,
    )


def busy_plan(services: int, days: float) -> Plan:
    """Return a fleet in which nothing is wrong, but where everybody is at it all the time."""
    return Plan(
        services=services,
        days=days,
        nodes=20,
        autoscaled=0.4,
        costed=0.2,
        releases_per_week=5.0,
        node_losses_per_week=7.0,
        by_hand_per_week=7.0,
        by_ai_per_week=7.0,
    )


def decay_plan(entry: Entry, times: int, seed: int) -> Plan:
    """Return a fleet in which every second service gets worse."""
    rng = _rng(seed, entry)
    days = 1 + 1.4 * (_high(entry.get("after", 0)) + entry["gaps"]) / _low(entry["per_day"])
    inject = INJECT[entry["trouble"]]
    return Plan(
        services=2 * times,
        days=days,
        autoscaled=0.02,
        costed=0.02,
        troubles=tuple(inject(entry, 2 * number, 0.0, rng) for number in range(times)),
    )


def trouble_plan(entries: Mapping[str, Entry], times: int, seed: int) -> tuple[Plan, list[str]]:
    """Return a fleet with each trouble so often, and which entry each of its troubles is.

    Each has a scope of its own, and begins in the fourth to the seventh day of eight.
    """
    troubles: list[Trouble] = []
    owners: list[str] = []
    for name, entry in entries.items():
        rng = _rng(seed, entry)
        for _ in range(times):
            service = len(troubles) * PER_SCOPE + 3
            at = float(rng.uniform(3, 7)) * DAY
            troubles.append(INJECT[entry["trouble"]](entry, service, at, rng))
            owners.append(name)
    services = max(1, len(troubles)) * PER_SCOPE
    plan = Plan(services=services, days=8, autoscaled=0.1, troubles=tuple(troubles))
    return plan, owners


def mass_plan(entry: Entry, times: int, seed: int, services: int = 300) -> Plan:
    """Return a fleet of hundreds in which one agent after the other acts on many things."""
    rng = _rng(seed, entry)
    days = 6 + times
    troubles = []
    for number in range(times):
        many = int(_draw(entry["targets"], rng))
        chosen = rng.choice(services, many, replace=False).tolist()
        troubles.append(
            sim.inject_mass_action(
                chosen,
                at=(5 + number + float(rng.uniform(0, 0.9))) * DAY,
                waves=int(_draw(entry["waves"], rng)),
                pause_seconds=tuple(entry["pause_seconds"]),
            )
        )
    return Plan(services=services, days=days, autoscaled=0.1, troubles=tuple(troubles))


def conflict_plan(chosen: Mapping[str, Any], fights: int, seed: int) -> Plan:
    """Return a fleet with fights of every sort, and among them neighbours that look alike."""
    kinds = [entry for entry in chosen["found"].values() if entry["trouble"] == "fight"]
    lag = tuple(chosen["neighbours"]["spread"]["reaction_seconds"])
    rng = np.random.default_rng([seed, 99])
    troubles: list[Trouble] = []
    for number in range(fights):
        entry = kinds[number % len(kinds)]
        at = float(rng.uniform(1, 3)) * DAY
        troubles.append(_fight(entry, len(troubles) * PER_SCOPE + 3, at, rng))
    for kind, many in chosen["neighbours"].items():
        if kind != "spread":
            for _ in range(round(many * fights / 100)):
                at = float(rng.uniform(0.2, 3)) * DAY
                place = len(troubles) * PER_SCOPE + 3
                troubles.append(sim.inject_neighbour(kind, place, at=at, reaction_seconds=lag))
    services = len(troubles) * PER_SCOPE
    return Plan(services=services, days=5, autoscaled=0.1, troubles=tuple(troubles))


def _decay(entry: Entry, service: int, _at: float, rng: np.random.Generator) -> Trouble:
    low, high = entry["per_day"]
    rate = float(rng.uniform(low, high))
    if entry["trouble"] == "degradation":
        return sim.inject_degradation(
            service,
            law=entry["law"],
            beta=entry.get("beta", 1.0),
            ratio=entry.get("ratio", 1.0),
            gaps=entry["gaps"],
            per_day=rate,
        )
    return sim.inject_step(
        service,
        factor=entry["factor"],
        after=int(_draw(entry["after"], rng)),
        gaps=entry["gaps"],
        per_day=rate,
        law=entry["law"],
        shape=entry.get("shape", 1.0),
    )


def _fight(entry: Entry, service: int, at: float, rng: np.random.Generator) -> Trouble:
    return sim.inject_fight(
        service,
        at=at,
        targets=int(_draw(entry.get("targets", 1), rng)),
        reaction_seconds=tuple(entry["reaction_seconds"]),
        spread=entry["spread"],
        rounds=entry["rounds"],
        ring=entry.get("ring", 2),
        drift=entry.get("drift", 0),
        fields=entry.get("fields", "same"),
        released=entry.get("released", False),
    )


def _compound(entry: Entry, service: int, at: float, rng: np.random.Generator) -> Trouble:
    within = _draw(entry["within_seconds"], rng)
    return sim.inject_compound(
        service, at=at, agents=entry["agents"], within_seconds=within, shared=entry["shared"]
    )


def _cascade(entry: Entry, service: int, at: float, rng: np.random.Generator) -> Trouble:
    chain = [service + step for step in range(int(_draw(entry["depth"], rng)) + 1)]
    return sim.inject_cascade(
        chain,
        at=at,
        branches=entry["branches"],
        lag_seconds=tuple(entry["lag_seconds"]),
        spread=entry["spread"],
    )


def _stale(entry: Entry, service: int, at: float, rng: np.random.Generator) -> Trouble:
    return sim.inject_stale_write(
        service, at=at, behind_seconds=_draw(entry["behind_seconds"], rng)
    )


def _undo(entry: Entry, service: int, at: float, rng: np.random.Generator) -> Trouble:
    return sim.inject_undo_of_intent(service, at=at, after_share=_draw(entry["after_share"], rng))


def _breach(entry: Entry, service: int, at: float, _rng: np.random.Generator) -> Trouble:
    return sim.inject_authority_breach(service, at=at, breach=entry["breach"])


def _silence(entry: Entry, service: int, at: float, rng: np.random.Generator) -> Trouble:
    every = _draw(entry["every_seconds"], rng)
    return sim.inject_silence(service, at=at, every_seconds=every, rhythm=entry["rhythm"])


def _ineffective(entry: Entry, service: int, at: float, _rng: np.random.Generator) -> Trouble:
    return sim.inject_ineffective(
        service,
        at=at,
        every_seconds=tuple(entry["every_seconds"]),
        spread=entry["spread"],
        rounds=entry["rounds"],
    )


def _incomplete(entry: Entry, service: int, at: float, rng: np.random.Generator) -> Trouble:
    within = _draw(entry["within_seconds"], rng)
    return sim.inject_incomplete(service, at=at, within_seconds=within)


def _disagreement(entry: Entry, service: int, at: float, _rng: np.random.Generator) -> Trouble:
    return sim.inject_disagreement(
        service, at=at, sources=entry["sources"], through=entry.get("through", "evidence")
    )


def _storm(entry: Entry, service: int, at: float, _rng: np.random.Generator) -> Trouble:
    every = tuple(entry["every_seconds"])
    rounds = entry["rounds"]
    return sim.inject_storm(
        service, at=at, every_seconds=every, spread=entry["spread"], rounds=rounds
    )


def _flapping(entry: Entry, service: int, at: float, _rng: np.random.Generator) -> Trouble:
    every = tuple(entry["every_seconds"])
    rounds = entry["rounds"]
    return sim.inject_flapping(
        service, at=at, every_seconds=every, spread=entry["spread"], rounds=rounds
    )


def _out_of_order(_entry: Entry, service: int, at: float, _rng: np.random.Generator) -> Trouble:
    after = service - service % PER_SCOPE
    name = Fleet(after + 1, PER_SCOPE, 1).services[after]
    return sim.inject_out_of_order(service, at=at, after=after, name=name)


def _stale_policy(entry: Entry, service: int, at: float, rng: np.random.Generator) -> Trouble:
    return sim.inject_stale_policy(service, at=at, older_days=_draw(entry["older_days"], rng))


def _drill(_entry: Entry, service: int, at: float, _rng: np.random.Generator) -> Trouble:
    return sim.inject_drill(service, at=at)


INJECT: dict[str, Callable[[Entry, int, float, np.random.Generator], Trouble]] = {
    "degradation": _decay,
    "step": _decay,
    "fight": _fight,
    "compound": _compound,
    "cascade": _cascade,
    "stale_write": _stale,
    "undo_of_intent": _undo,
    "authority_breach": _breach,
    "silence": _silence,
    "ineffective": _ineffective,
    "incomplete": _incomplete,
    "disagreement": _disagreement,
    "storm": _storm,
    "flapping": _flapping,
    "out_of_order": _out_of_order,
    "stale_policy": _stale_policy,
    "drill": _drill,
}
"""How an entry of `found` becomes a trouble; mass actions are made by `mass_plan`."""


def _rng(seed: int, entry: Entry) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(entry["title"].encode())])


def _draw(value: Any, rng: np.random.Generator) -> float:
    """Return a number, or one from a range; whole numbers where both ends are whole."""
    if not isinstance(value, list):
        return float(value)
    low, high = value
    if isinstance(low, int) and isinstance(high, int):
        return float(rng.integers(low, high + 1))
    return float(rng.uniform(low, high))


def _low(value: Any) -> float:
    return float(value[0] if isinstance(value, list) else value)


def _high(value: Any) -> float:
    return float(value[-1] if isinstance(value, list) else value)

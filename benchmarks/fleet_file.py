"""Writes a canonical file of a fleet's ordinary life, with a few services in trouble.

    python benchmarks/fleet_file.py EVENTS SERVICES PATH [--seed N]

Ninety days, events in order of time. Nine in ten events are changes that follow demand, one in ten
is a recovery at a steady rate; one service in a hundred recovers in bursts.
"""

from __future__ import annotations

import argparse
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 90


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int)
    parser.add_argument("services", type=int)
    parser.add_argument("path", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    write(chosen.events, chosen.services, chosen.path, chosen.seed)


def write(events: int, services: int, path: Path, seed: int = 7) -> None:
    """Write the file; the same arguments give the same bytes."""
    rng = random.Random(seed)
    encode = msgspec.json.Encoder().encode
    step = DAYS * 86_400 / events
    replicas = [4] * services
    with path.open("wb") as file:
        for number in range(events):
            service = rng.randrange(services)
            if service % 100 == 0 and rng.random() < 0.5:
                service = 0
            moment = START + timedelta(seconds=number * step)
            file.write(encode(event_of(rng, number, service, replicas, moment)))
            file.write(b"\n")


def event_of(
    rng: random.Random, number: int, service: int, replicas: list[int], moment: datetime
) -> dict[str, object]:
    name = f"shop-{service % 97}/service-{service}"
    data: dict[str, object] = {
        "action_id": f"a{number}",
        "phase": "finished",
        "service": name,
        "environment": "production",
        "scope": f"shop-{service % 97}",
    }
    if rng.random() < 0.1:
        data |= {
            "agent": {"name": "kubelet", "kind": "platform", "instance": f"node-{number % 50}"},
            "action": {"type": "restart", "name": "ContainerRestart"},
            "target": {"kind": "Pod", "name": f"service-{service}-{number % 7}"},
            "trigger": {"condition": "liveness probe failed", "kind": "failure"},
            "expected": {"outcome": "the container passes its probe", "within_seconds": 60.0},
            "actual": {"outcome": "succeeded"},
            "duration_seconds": round(rng.expovariate(0.2), 3),
            "before": {"prior_uptime_seconds": round(rng.expovariate(1e-4), 1)},
        }
    else:
        old = replicas[service]
        new = max(1, old + rng.choice((-1, 1, 1, 2, -2)))
        replicas[service] = new
        data |= {
            "agent": {"name": "horizontal-pod-autoscaler", "kind": "autoscaler"},
            "action": {"type": "scale", "name": "SuccessfulRescale"},
            "target": {"kind": "Deployment", "name": f"service-{service}", "field": "replicas"},
            "trigger": {"condition": "cpu above target", "kind": "demand"},
            "expected": {"outcome": "load per replica returns to its target"},
            "actual": {"outcome": "unknown"},
            "duration_seconds": 0.0,
            "before": {"replicas": old},
            "after": {"replicas": new},
        }
    return {
        "specversion": "1.0",
        "id": f"e{number}",
        "source": "urn:benchmark:fleet",
        "type": "io.overheal.action.finished.v1",
        "time": moment.isoformat().replace("+00:00", "Z"),
        "subject": name,
        "data": data | {"labels": {"team": f"team-{service % 12}"}},
    }


if __name__ == "__main__":
    main()

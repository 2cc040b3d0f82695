"""The load: a fleet's ordinary life as canonical records, with one service in a hundred in trouble.

Nine in ten events are changes that follow a slow wave of demand, one in ten is a recovery; one
event in fifty is a recovery of a service in trouble, and what is in trouble scales up and down at
random.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

MICROSECOND = 1_000_000
SERVICES = 10_000
WAVE = 8 * 3600 * MICROSECOND
"""How long demand takes to rise and fall, each service in its own time."""

Record = tuple[bytes, bytes]
"""Key and value, as `overheal ingest` writes them."""


class Fleet:
    """Makes records; the same seed and times give the same bytes.

    With `storm` every service scales at random.
    """

    def __init__(
        self, services: int = SERVICES, seed: int = 7, prefix: str = "e", *, storm: bool = False
    ) -> None:
        self._storm = storm
        self._rng = random.Random(seed)
        self._services = services
        self._replicas = [30] * services
        self._prefix = prefix
        self._made = 0
        self._encode = msgspec.json.Encoder().encode

    def backlog(self, events: int, until: int, hours: float) -> Iterator[Record]:
        """Make events in order of time, spread over the hours before `until` (microseconds UTC)."""
        step = hours * 3600 * MICROSECOND / events
        for number in range(events):
            yield self.record(until - round((events - number) * step))

    def record(self, at: int) -> Record:
        """Make one event that happened at `at` (microseconds UTC)."""
        rng = self._rng
        service = rng.randrange(self._services)
        troubled = rng.random() < 0.02
        if troubled:
            service -= service % 100
        number = self._made
        self._made += 1
        scope = f"shop-{service % 97}"
        data = self._recovery(number, service) if troubled or rng.random() < 0.08 else None
        data = data or self._change(service, at)
        name = f"{scope}/service-{service}"
        document = {
            "specversion": "1.0",
            "id": f"{self._prefix}{number}",
            "source": "urn:benchmark:fleet",
            "type": "io.overheal.action.finished.v1",
            "time": datetime.fromtimestamp(at / MICROSECOND, UTC)
            .isoformat()
            .replace("+00:00", "Z"),
            "subject": name,
            "data": {
                "action_id": f"{self._prefix}a{number}",
                "phase": "finished",
                "service": name,
                "environment": "production",
                "scope": scope,
                **data,
                "labels": {"team": f"team-{service % 12}"},
            },
        }
        return f"production/{scope}".encode(), self._encode(document)

    def _recovery(self, number: int, service: int) -> dict[str, object]:
        rng = self._rng
        return {
            "agent": {"name": "kubelet", "kind": "platform", "instance": f"node-{number % 50}"},
            "action": {"type": "restart", "name": "ContainerRestart"},
            "target": {"kind": "Pod", "name": f"service-{service}-{number % 7}"},
            "trigger": {"condition": "liveness probe failed", "kind": "failure"},
            "expected": {"outcome": "the container passes its probe", "within_seconds": 60.0},
            "actual": {"outcome": "succeeded"},
            "duration_seconds": round(rng.expovariate(0.2), 3),
            "before": {"prior_uptime_seconds": round(rng.expovariate(1e-4), 1)},
        }

    def _change(self, service: int, at: int) -> dict[str, object]:
        old = self._replicas[service]
        if self._storm or service % 100 == 0:
            new = max(1, old + self._rng.choice((-1, 1, 1, 2, -2)))
        else:
            phase = 2 * math.pi * (at / WAVE + service / self._services)
            wanted = 40 + round(30 * math.sin(phase))
            rising = math.cos(phase) > 0
            new = max(wanted, old + 1) if rising else max(1, min(wanted, old - 1))
        self._replicas[service] = new
        return {
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

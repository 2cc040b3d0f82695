"""A worker with its operations front, and what that says."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from tests.support import children
from tests.support.plant import Plant, Process


class Operated:
    """A worker that is asked how it is."""

    def __init__(self, plant: Plant, **environment: str) -> None:
        port = children.free_ports(1)[0]
        listen = f"127.0.0.1:{port}"
        self._door = f"http://{listen}"
        self.process: Process = plant.start(OVERHEAL_OPERATIONS__LISTEN=listen, **environment)

    def reasons(self) -> list[str] | None:
        """Return why it is not ready; None where it does not answer."""
        try:
            with urllib.request.urlopen(f"{self._door}/readyz", timeout=5) as answer:
                found: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                found = json.load(error)
        except OSError:
            return None
        reasons: list[str] = found["reasons"]
        return reasons

    def gives(self, reason: str, seconds: float = 30.0) -> None:
        """Wait until it gives a reason for not being ready."""
        try:
            children.until(
                lambda: any(reason in each for each in self.reasons() or []), reason, seconds
            )
        except TimeoutError:
            said = f"{self.reasons()}\n{self.process.said()}"
            raise AssertionError(f"never gave {reason!r}, but {said}") from None

    def is_alive(self) -> bool:
        """Return whether its main loop goes round."""
        try:
            with urllib.request.urlopen(f"{self._door}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def ready(self) -> None:
        """Wait until it is ready."""
        children.until(lambda: self.reasons() == [], "ready again")

    def value(self, metric: str) -> float:
        """Return a metric, summed over its labels; 0 where the worker does not answer."""
        try:
            with urllib.request.urlopen(f"{self._door}/metrics", timeout=5) as answer:
                lines = answer.read().decode().splitlines()
        except OSError:
            return 0.0
        starts = f"{metric} ", f"{metric}{{"
        return sum(float(line.split()[-1]) for line in lines if line.startswith(starts))

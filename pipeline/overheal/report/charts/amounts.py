"""A canvas over amounts from nothing on, counts or shares, instead of times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from overheal.report.charts.canvas import AXIS, Canvas

_ONE = 1_000_000
"""What stands for one, so that shares have room between whole numbers."""


@dataclass
class AmountCanvas(Canvas):
    """Collects marks over amounts from 0 to `most`; rows have amounts as `at` and `to`.

    `percent` writes shares of one along the axis, as parts of a hundred.
    """

    most: float = 1.0
    title: str = ""
    percent: bool = False

    def __post_init__(self) -> None:
        self.low, self.high = 0, round(self.most * _ONE)

    def _scale(self) -> dict[str, Any]:
        scaled = _ONE / 1000
        size = f"datum.value / {scaled}"
        axis = {
            "values": [value * scaled for value in self._ticks()],
            "labelExpr": f"format({size} * 100, '.0f') + ' %'"
            if self.percent
            else f"format({size}, ',')",
            "title": self.title,
            **AXIS,
        }
        domain = [self.low / 1000, self.high / 1000]
        scale = {"domain": domain, "nice": False, "zero": False}
        return {"field": "x", "type": "quantitative", "scale": scale, "axis": axis}

    def _ticks(self) -> list[float]:
        if self.percent:
            return [part / 4 * self.most for part in range(5)]
        step = 1
        while self.most / step > 8:
            step *= 5 if str(step)[0] == "1" else 2
        return [float(value) for value in range(0, int(self.most) + 1, step)]


def placed(amount: float) -> int:
    """Return where an amount stands, for the `at` and `to` of a row."""
    return round(amount * _ONE)

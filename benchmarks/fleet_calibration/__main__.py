"""Calibrate every registered detector against simulated fleets; print a page's part in Markdown.

    python -m benchmarks.fleet_calibration [--quick | --share X] [--seed N] [--pictures DIR]
                                           [--only PART …] [--sets SET …]

Whatever is registered when it runs is measured; what is not, is named as such. Both sets are shown:
`tuning`, which detectors may be tuned on, and `holdout`, which was written down and frozen by its
hash before anything was measured. Full runs take minutes, `--quick` less than one; `--share 0.5`
simulates half of what a full run does.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.fleet_calibration import (
    completeness,
    conflicts,
    found,
    near,
    nulls,
    page,
    pictures,
    recorded,
    scenarios,
    thresholds,
)
from benchmarks.fleet_calibration.watching import FINDS, INFERRING
from overheal.detect import registry

PARTS = ("nulls", "found", "conflicts", "completeness", "recorded", "thresholds", "near")


@dataclasses.dataclass(frozen=True)
class Size:
    """How much is simulated: services a null, times a trouble, fights, and so on."""

    services: int
    times: int
    fights: int
    moved_services: int
    moved_times: int
    busy: int
    busy_days: float

    def scaled(self, share: float) -> Size:
        """Return a share of this size."""
        scaled = {
            name: max(4, round(value * share)) if isinstance(value, int) else value
            for name, value in dataclasses.asdict(self).items()
        }
        return Size(**scaled)


FULL = Size(
    services=1000,
    times=100,
    fights=100,
    moved_services=25,
    moved_times=20,
    busy=400,
    busy_days=60.0,
)
QUICK = Size(
    services=60, times=8, fights=24, moved_services=3, moved_times=3, busy=50, busy_days=14.0
)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a small version, for a look")
    parser.add_argument("--share", type=float, default=1.0, help="of a full run's size")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pictures", type=Path, help="draw curves into this folder")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART")
    parser.add_argument(
        "--sets", nargs="+", choices=scenarios.SETS, default=scenarios.SETS, metavar="SET",
        help="while tuning, look at tuning alone",
    )  # fmt: skip
    chosen = parser.parse_args()
    size = QUICK if chosen.quick else FULL.scaled(chosen.share)
    sets = {name: scenarios.load(name) for name in chosen.sets}
    _head(chosen.seed, size)
    delays: dict[str, list[found.Found]] = {}
    curves: dict[str, list[conflicts.Conflicts]] = {}
    if "nulls" in chosen.only:
        _nulls(sets, size, chosen.seed)
    if "found" in chosen.only:
        delays = _found(sets, size, chosen.seed)
    if "conflicts" in chosen.only:
        curves = _conflicts(sets, size, chosen.seed)
    if "completeness" in chosen.only:
        _show("## Completeness", ("How much was seen, where reporters lose events.",))
        for name, one in sets.items():
            told = completeness.completeness(one, size.services // 20 + 10, chosen.seed)
            _show(f"### {name}", completeness.lines(told))
    if "recorded" in chosen.only:
        text = "Forty minutes of a real Kubernetes control plane, in which four things went wrong."
        _show("## The recorded control plane", [text, ""])
        _show("", recorded.table(recorded.recorded()))
    _moved(chosen.only, size, chosen.seed)
    if chosen.pictures:
        _show("## Curves", ["Dashed is `tuning`, solid is `holdout`."])
        for path, title in pictures.draw(chosen.pictures, delays, curves):
            print(f"\n![{title}](../pictures/{path.name})")


def _head(seed: int, size: Size) -> None:
    names = registry.names()
    wanted = [*INFERRING, *FINDS.values()]
    missing = [name for name in dict.fromkeys(wanted) if name not in names]
    print("# Calibration on simulated fleets\n")
    print(
        f"Seed {seed}. {size.services:,} services a null, every trouble {size.times} times, "
        f"{size.fights} fights, unless a part says otherwise. Holdout {scenarios.frozen()[:16]}….\n"
    )
    print(f"Registered: {', '.join(names)}.\n")
    print(f"Not registered, so not measured: {', '.join(missing) or 'none'}.\n")
    print("Shares stand with their 95 % bounds (Clopper and Pearson).\n")
    print(page.READING)


def _nulls(sets: dict[str, Any], size: Size, seed: int) -> None:
    text = page.NULLS.format(services=size.services)
    _show("## False alarms where nothing is wrong", [text])
    for name, chosen in sets.items():
        started = time.monotonic()
        rows = list(nulls.false_alarms(chosen, size.services, seed))
        _show(f"### {name}", nulls.table(rows))
        _tell(f"nulls, {name}", started)
    started = time.monotonic()
    _show("### A busy fleet", [page.BUSY, ""])
    _show("", nulls.table(nulls.busy(size.busy, seed, size.busy_days)))
    _tell("busy fleet", started)


def _found(sets: dict[str, Any], size: Size, seed: int) -> dict[str, list[found.Found]]:
    _show("## Found, and when", [page.FOUND, "", page.FIRST_GAP])
    made = {}
    for name, chosen in sets.items():
        started = time.monotonic()
        made[name] = list(found.found(chosen, size.times, seed))
        _show(f"### {name}", found.table(made[name]))
        _tell(f"found, {name}", started)
    return made


def _conflicts(sets: dict[str, Any], size: Size, seed: int) -> dict[str, list[conflicts.Conflicts]]:
    text = page.CONFLICTS.format(fights=size.fights)
    _show("## Conflicts among neighbours", [text])
    made = {}
    for name, chosen in sets.items():
        started = time.monotonic()
        made[name] = list(conflicts.conflicts(chosen, size.fights, seed))
        _show(f"### {name}", conflicts.table(made[name]))
        (flaky,) = conflicts.conflicts(chosen, size.fights, seed, conflicts.FLAKY)
        _show("", ["", conflicts.flaky(flaky)])
        _tell(f"conflicts, {name}", started)
    return made


def _moved(parts: Sequence[str], size: Size, seed: int) -> None:
    if "thresholds" in parts:
        _thresholds(scenarios.load("tuning"), size, seed)
    if "near" in parts:
        started, histories = time.monotonic(), size.moved_times // 2
        _show(f"### {page.NEAR}", [page.NEAR_LIMITS.format(histories=histories), ""])
        _show("", near.table(list(near.near(histories))))
        _tell("near", started)


def _thresholds(chosen: dict[str, Any], size: Size, seed: int) -> None:
    started = time.monotonic()
    bench = thresholds.Bench(chosen, size.moved_services, size.moved_times, seed)
    text = page.MOVED.format(services=bench.services, counted=max(4, size.moved_services // 2))
    _show("## What it costs to move a threshold", [text, ""])
    _show("", thresholds.table(list(thresholds.moved(bench))))
    _tell("thresholds", started)


def _show(title: str, lines: Iterable[str]) -> None:
    if title:
        print(f"\n{title}\n")
    for line in lines:
        print(line)
    print(end="", flush=True)


def _tell(what: str, started: float) -> None:
    print(f"{what}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

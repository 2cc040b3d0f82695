"""Whether judging still says the same: `python -m benchmarks.golden --against FILE`.

Random histories, simulated fleets, the load of the benchmarks and the demo's recording are judged;
whatever comes of each (every revision of every finding, counts and activity) becomes one digest.
Save the digests before a change that must not change a verdict, and compare after it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.judging import made
from overheal.catalog import Catalog, parse
from overheal.detect.registry import names
from overheal.detect.settings import SettingsBook
from overheal.flow import Flow, Judged
from overheal.model import DAY, Event, Finding
from overheal.stages.rules import RuleBook, rules_of
from overheal.testing import simulate as sim
from tests.support import histories

LATENESS = 600_000_000
HOUR = 3_600.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--save", type=Path)
    parser.add_argument("--against", type=Path)
    chosen = parser.parse_args()
    found = dict(cases())
    if chosen.save:
        chosen.save.write_text(json.dumps(found, indent=1))
    if chosen.against:
        known = json.loads(chosen.against.read_text())
        others = [name for name in known if found.get(name) != known[name]]
        sys.exit(f"other than before: {', '.join(others)}" if others else 0)
    print(json.dumps(found, indent=1))


def cases() -> Iterator[tuple[str, str]]:
    """Yield each case's name and the digest of what came of it."""
    for name in ("", *names()):
        for seed in range(3):
            events = histories.history(seed, 150, name)
            yield f"history {name} {seed}", judged(events, seed, histories.catalog(), LATENESS)
            yield f"in order {name} {seed}", judged(events, None, histories.catalog(), 0)
    for seed in (1, 2):
        fleet = sim.simulate(plan(), seed)
        catalog = parse(fleet.catalog, "simulated", names())
        yield f"fleet {seed}", judged(list(fleet.events()), None, catalog, LATENESS)
        events = sorted(fleet.events(), key=lambda one: (one.time, one.source, one.id))
        yield f"fleet in order {seed}", judged(events, None, catalog, 0)
    load = [event for batch in made(15_000, 300, 3.0) for event in batch]
    yield "load", judged(load, 1, Catalog(), LATENESS)
    yield "load in order", judged(load, None, Catalog(), 0)
    yield "recording", recording()


def plan() -> sim.Plan:
    """Return a fleet in which most detectors find something."""
    at = 5 * 24 * HOUR
    return sim.Plan(
        services=60,
        days=12,
        counters=3_600.0,
        reporting=sim.Reporting(doubled=0.05, late_share=0.2),
        troubles=(
            sim.inject_degradation(0, per_day=6.0),
            sim.inject_step(3, per_day=3.0),
            sim.inject_fight(6, at=at, targets=2),
            sim.inject_fight(9, at=at, ring=3),
            sim.inject_flapping(12, at=at),
            sim.inject_storm(15, at=at),
            sim.inject_compound(18, at=at),
            sim.inject_mass_action(list(range(10, 40)), at=at + 9 * HOUR),
            sim.inject_cascade(list(range(40, 45)), at=at + 20 * HOUR),
            sim.inject_ineffective(21, at=at),
            sim.inject_incomplete(24, at=at),
            sim.inject_disagreement(27, at=at),
            sim.inject_silence(30, at=at),
            sim.inject_stale_write(33, at=at),
            sim.inject_undo_of_intent(36, at=at),
            sim.inject_authority_breach(39, at=at),
            sim.inject_stale_policy(45, at=at),
            sim.inject_drill(48, at=at),
        ),
    )


def judged(events: Sequence[Event], seed: int | None, catalog: Catalog, lateness: int) -> str:
    """Return the digest of everything that a flow says of events; a seed shuffles them."""
    rng = random.Random(seed or 0)
    arrivals = [(float(event.time), event) for event in events]
    if seed is not None:
        arrivals = [(at + rng.uniform(0, lateness * 0.99), event) for at, event in arrivals]
        arrivals += [(at + 1e6, event) for at, event in arrivals if rng.random() < 0.1]
        arrivals.sort(key=lambda item: item[0])
    ordered, start, digest = [event for _, event in arrivals], 0, hashlib.blake2b()
    flow = Flow(RuleBook(rules_of(catalog, SettingsBook())), lateness)
    known: dict[str, Finding] = {}
    while start < len(ordered):
        size = rng.choice((1, 7, 40, 500))
        batch = ordered[start : start + size]
        start += size
        found = flow.judge(batch)
        digest.update(said(found))
        known |= {finding.id: finding for finding in found.findings}
        if rng.random() < 0.1:
            note(digest, known, flow.advance(max(event.time for event in batch)))
    note(digest, known, flow.advance(max(event.time for event in ordered) + 40 * DAY))
    note(digest, known, flow.relate(list(known.values())))
    digest.update(msgspec.json.encode(flow.services()))
    return f"{len(known)} findings {digest.hexdigest()[:20]}"


def note(digest: Any, known: dict[str, Finding], findings: Sequence[Finding]) -> None:
    """Take findings that changed by time, or by each other."""
    digest.update(msgspec.json.encode(sorted(findings, key=_id)))
    known |= {finding.id: finding for finding in findings}


def said(found: Judged) -> bytes:
    """Return what came of one batch; scopes may be told in any order."""
    return msgspec.json.encode(
        (
            sorted(found.findings, key=_id),
            found.positions,
            sorted(found.counted.items()),
            sorted((event.key, counted) for event, counted in found.recounted),
            sorted(map(msgspec.json.encode, found.activities)),
        )
    )


def recording() -> str:
    """Return the digest of what `overheal demo` reports."""
    command = [str(Path(sys.executable).parent / "overheal"), "demo", "--output", "json"]
    report = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    kept = {key: report[key] for key in ("totals", "window", "findings", "services")}
    digest = hashlib.blake2b(json.dumps(kept, sort_keys=True).encode()).hexdigest()
    return f"{len(kept['findings'])} findings {digest[:20]}"


def _id(finding: Finding) -> tuple[str, int]:
    return (finding.id, finding.revision)


if __name__ == "__main__":
    main()

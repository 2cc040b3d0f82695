"""How long a backtest takes: `python -m benchmarks.backtest [--events N] [--store DIR]`.

A store is filled inside the engine with a fleet's ordinary life: nine in ten events are changes
that follow demand, one in ten is a recovery, and one service in a hundred recovers several times
as often. Then `overheal backtest` runs on it as people run it, once for each kind of change
(`--only` names others, among them each detector).
Prints Markdown; CPU seconds are those of all its processes.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from overheal.store import Store, open_store

START = 1_767_225_600
"""2026-01-01 UTC, seconds."""
DAYS = 90

FREQUENCY = {"recovery_frequency": {"per_hour": 5}}
LOUD = {"recovery_frequency": {"critical_per_hour": 6}}
"""Pages are gained, so that the fleet stage is asked who explains them."""
DEGRADATION = {"masked_degradation": {"episode_error": 0.004, "burst_error": 0.0008}}
EVERY: Mapping[str, Mapping[str, object]] = {
    **FREQUENCY,
    **DEGRADATION,
    "thrashing": {"reversals": 4},
    "agent_conflict": {"reversals": 4},
    "compound_hazard": {"agents": 4},
    "undo_of_intent": {"agent_hours": 2.0},
    "stale_basis": {"tolerance_seconds": 10.0},
    "ineffective_recovery": {"failures": 4},
    "signal_disagreement": {"healthy": 3},
    "authority_breach": {"settle_seconds": 30.0},
    "out_of_order_recovery": {"trouble_minutes": 30.0},
    "incomplete_action": {"factor": 4.0},
    "silent_automation": {"reports": 30},
    "stale_policy": {"grace_days": 60.0},
    "cascade": {"depth": 4},
    "mass_action": {"targets": 12},
}
USUAL: Mapping[str, Mapping[str, Mapping[str, object]]] = {
    "recovery_frequency": FREQUENCY,
    "recovery_frequency, which pages more": LOUD,
    "masked_degradation": DEGRADATION,
    "every detector": EVERY,
}
CHANGES = {**{name: {name: own} for name, own in EVERY.items()}, **USUAL}

FILL = """
INSERT INTO action_events
(
    id, source, time, action_id, phase, service, environment, declared_scope, scope, agent,
    agent_kind, type, name, target_kind, target_name, field, old, new, trigger, condition,
    outcome, duration, recovery, count, first_at, prior_uptime, labels, document, received_at,
    counted_at
)
SELECT
    concat('e', toString(number)),
    'urn:benchmark:fleet',
    at,
    concat('a', toString(number)),
    'finished',
    concat('shop-', toString(which % 97), '/service-', toString(which)),
    'production',
    concat('shop-', toString(which % 97)),
    concat('shop-', toString(which % 97)),
    if(recovers, 'kubelet', 'horizontal-pod-autoscaler'),
    if(recovers, 'platform', 'autoscaler'),
    if(recovers, 'restart', 'scale'),
    if(recovers, 'ContainerRestart', 'SuccessfulRescale'),
    if(recovers, 'Pod', 'Deployment'),
    concat('service-', toString(which), if(recovers, concat('-', toString(number % 7)), '')),
    if(recovers, '', 'replicas'),
    if(recovers, '', toString(wanted - if(cos(phase) > 0, 1, -1))),
    if(recovers, '', toString(wanted)),
    if(recovers, 'failure', 'demand'),
    if(recovers, 'liveness probe failed', 'cpu above target'),
    if(recovers, 'succeeded', 'unknown'),
    if(recovers, (sipHash64(number, 4) % 10000) / 1000, 0),
    recovers,
    1,
    at,
    if(recovers, toFloat64(sipHash64(number, 5) % 30000), NULL),
    map('team', concat('team-', toString(which % 12))),
    concat('{"specversion":"1.0","id":"e', toString(number),
        '","data":{"expected":{"outcome":"load per replica returns to its target"},',
        '"service":"', toString(which), '"}}'),
    at,
    at
FROM
(
    SELECT
        number,
        sipHash64(number, 2) % 100 < 2 AS troubled,
        sipHash64(number, 1) % {services:UInt64} AS drawn,
        if(troubled, drawn - drawn % 100, drawn) AS which,
        troubled OR sipHash64(number, 3) % 100 < 8 AS recovers,
        fromUnixTimestamp64Micro(
            toInt64({start:UInt64} * 1000000 + number * {step:UInt64}), 'UTC') AS at,
        2 * pi() * (number * {step:UInt64} / 28800000000 + which / {services:UInt64}) AS phase,
        40 + toInt64(round(30 * sin(phase))) AS wanted
    FROM numbers({first:UInt64}, {count:UInt64})
)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--services", type=int, default=10_000)
    parser.add_argument("--store", type=Path, default=None, help="kept and used again")
    parser.add_argument("--processes", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=list(USUAL), choices=list(CHANGES))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = chosen.store or Path(made) / "store"
        if not folder.exists():
            with open_store(folder) as store:
                fill(store, chosen.events, chosen.services)
        print(f"{chosen.events:,} events of {chosen.services:,} services over {DAYS} days\n")
        print("| other settings of | wall s | CPU s | CPU µs an event | peak MB of one process |")
        print("|---|---:|---:|---:|---:|")
        for name in chosen.only:
            wall, cpu, peak = measured(folder, Path(made), CHANGES[name], chosen.processes)
            print(
                f"| {name} | {wall:.1f} | {cpu:.1f} | {cpu / chosen.events * 1e6:.1f} "
                f"| {peak:,.0f} |",
                flush=True,
            )


def fill(store: Store, events: int, services: int) -> None:
    """Write events inside the engine, a million at a time."""
    step = DAYS * 86_400 * 1_000_000 // events
    for first in range(0, events, 1_000_000):
        count = min(1_000_000, events - first)
        sql = FILL
        for name, value in (
            *(("services", services), ("start", START), ("step", step)),
            *(("first", first), ("count", count)),
        ):
            sql = sql.replace(f"{{{name}:UInt64}}", str(value))
        store._engine.command(sql, {"max_partitions_per_insert_block": 0, "max_threads": 2})  # noqa: SLF001
    store._engine.command("OPTIMIZE TABLE action_events")  # noqa: SLF001 - as a store is after a while


def measured(
    folder: Path, scratch: Path, settings: Mapping[str, Mapping[str, object]], processes: int
) -> tuple[float, float, float]:
    """Return wall and CPU seconds of one backtest, and the most memory that one process took."""
    config = scratch / "new.toml"
    config.write_text(
        "".join(
            f"[detectors.{name}]\n" + "".join(f"{key} = {value}\n" for key, value in own.items())
            for name, own in settings.items()
        )
    )
    overheal = Path(sys.executable).parent / "overheal"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    options = ["--config", config, "--store", folder, "--processes", str(processes)]
    out = scratch / "out.json"
    command = [overheal, "backtest", *options, "--output", "json", "--out", out]
    subprocess.run(list(map(str, command)), check=True, env=dict(os.environ))
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, after.ru_maxrss / 1024


if __name__ == "__main__":
    main()

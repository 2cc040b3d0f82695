"""A worker that judges what the peer judges, and no more.

    python -m benchmarks.worker.one_job worker --config FILE

Everything else is what it always does: order, deduplication, dead letters, the ledger, snapshots.
"""

from __future__ import annotations

from overheal.detect import registry

registry.SCOPE_DETECTORS = (registry.RecoveryFrequency,)
registry.FLEET_DETECTORS = ()

if __name__ == "__main__":
    # Whoever makes rules takes the detectors from the registry when it is imported.
    from overheal.cli.entry import main

    main()

"""A lane that another process left goes on as if it had never been away."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from overheal.catalog import Catalog
from overheal.contract.redaction import Redactor
from overheal.detect.settings import SettingsBook
from overheal.model import HOUR, MINUTE
from overheal.run.bounds import Bounds
from overheal.run.poison import Poison
from overheal.run.worker.block import Lot
from overheal.run.worker.rebuild import Making, rebuilt
from overheal.stages.rules import RuleBook, rules_of
from overheal.store import IngestRange, StoredEvent, open_store
from tests.support.command import ROOT
from tests.support.events import at, micros, restart

LOT = Lot("t", "epoch", 0)
MARK = micros(at())

DIGEST = """
from tests.support.events import new_flow
from overheal.stages.snapshot import format_of
rules = new_flow().scope.rules.latest
print(format_of([one.state_type for one in (*rules.scope, *rules.fleet)]))
"""


def test_a_snapshot_of_one_process_fits_another_of_the_same_version():
    made = [subprocess.check_output([sys.executable, "-c", DIGEST], cwd=ROOT) for _ in range(2)]
    assert made[0] == made[1]


def test_what_lies_ahead_is_remembered_until_its_time_has_come(tmp_path: Path):
    ahead = restart("ahead", at(hours=1))
    with open_store(tmp_path) as store:
        place = {"topic": LOT.topic, "epoch": LOT.epoch, "partition": LOT.partition}
        store.write_events([StoredEvent(ahead, received_at=MARK, offset=0, **place)])
        entry = {"origin": LOT.topic, "epoch": LOT.epoch, "partition": LOT.partition}
        counts = {"records": 1, "received": 1, "stored": 1, "watermark": MARK}
        store.write_range(IngestRange(first=0, last=0, **entry, **counts))
        catalog = Catalog()
        rules = rules_of(catalog, SettingsBook(None, catalog.overrides))
        making = Making(
            store=store,
            rules=RuleBook(rules),
            lateness=10 * MINUTE,
            bounds=Bounds(),
            redactor=Redactor(),
            poison=Poison(0, ""),
        )
        lane, _ = rebuilt(making, LOT, 1, None, "")
    for passed in range(0, HOUR, MINUTE):
        judged = lane.flow.judge([restart(f"e-{passed}", at(seconds=passed / 1e6))], [MARK + HOUR])
        assert judged.duplicates == 0
    assert lane.flow.judge([ahead], [MARK + HOUR]).duplicates == 1

"""A crash between a restatement and the ledger: the block is written again, and counts once."""

from __future__ import annotations

import pytest

from overheal.model import HOUR
from overheal.run.worker.block import Block, Lot
from overheal.run.worker.writing import write
from overheal.store import Store, open_store
from overheal.store.kpis import FOREVER
from tests.integration.store.test_kpis import DAYS, History, history, same
from tests.support.kpi_reference import Asked
from tests.support.migrated import migrated_folder

LOT = Lot("overheal.events.v1", "epoch", 0)


class Killed(BaseException):
    """Nothing of the process is left."""


def dies(store: Store, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(store, step, killed)


@pytest.mark.parametrize("step", ["write_findings", "write_range"])
def test_a_block_that_was_cut_off_after_its_events_counts_once(tmp_path, monkeypatch, step):
    made = history(3, size=60)
    times = [row.event.time for row in made.rows]
    asked = Asked(min(times) - HOUR, max(times) + HOUR, FOREVER)
    block = Block(
        LOT,
        0,
        len(made.rows) - 1,
        rows=[*made.rows],
        restated=[*made.restatements],
        findings={one.id: one for one in made.findings},
        records=len(made.rows),
    )
    with open_store(migrated_folder(tmp_path / "store")) as store:
        with monkeypatch.context() as broken:
            dies(store, step, broken)
            with pytest.raises(Killed):
                write(store, block, max(times))
        store.settle_hours(DAYS)
        write(store, block, max(times))
        whole = History(made.rows, made.restatements, made.findings)
        same(store.kpis(asked.start, asked.end, as_of=asked.as_of), whole, asked)
        assert len(store.restatements()) == sum(not one.withdrawn for one in made.restatements)
        store.settle_hours(DAYS)
        same(store.kpis(asked.start, asked.end, as_of=asked.as_of), whole, asked)

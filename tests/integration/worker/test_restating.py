"""A crash between a restatement and the ledger: the block is written again, and counts once."""

from __future__ import annotations

import pytest

from overheal.clock import SystemClock
from overheal.errors import StoreError
from overheal.model import HOUR
from overheal.run.worker import writing
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


class Idle:
    """Nothing to wait for, nothing to note."""

    def flush(self, seconds: float) -> None: ...
    def inserted(self, block: Block, seconds: float) -> None: ...
    def failing(self, what: str, reason: str) -> None: ...


def written(store: Store, block: Block) -> None:
    """Let a worker's writer write one block, and see it to its end."""
    writer = writing.Writer(store, Idle(), SystemClock(), Idle())
    writer.submit([block])
    try:
        assert writer.finished(60) == [block]
    finally:
        writer.close(60)


def test_a_worker_settles_hours_once_a_block_is_stored(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "SETTLE_FIRST", 0.0)
    made = history(4, size=60)
    block = Block(LOT, 0, len(made.rows) - 1, rows=[*made.rows], records=len(made.rows))
    with open_store(migrated_folder(tmp_path / "store")) as store:
        written(store, block)
        ((hours,),) = store._engine.rows("SELECT count() FROM kpi_hours FINAL")
        assert hours > 0
        assert store.settle_hours(writing.SETTLE_DAYS) >= 0


def test_hours_that_cannot_be_settled_hold_nothing_up(tmp_path, monkeypatch, caplog):
    def refused(*_: object) -> int:
        raise StoreError("the engine says no")

    monkeypatch.setattr(writing, "SETTLE_FIRST", 0.0)
    made = history(5, size=10)
    block = Block(LOT, 0, len(made.rows) - 1, rows=[*made.rows], records=len(made.rows))
    with open_store(migrated_folder(tmp_path / "store")) as store:
        monkeypatch.setattr(store, "settle_hours", refused)
        written(store, block)
        assert len(list(store.ranges(LOT.topic))) == 1
    assert "hours are not settled for KPIs, which are slower so: the engine says no" in caplog.text

"""One owner, other versions, sudden death and full disks: each with real processes and disks."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pyarrow as pa
import pytest

from overheal.errors import StoreBusy, StoreError, StoreNewer
from overheal.model import HOUR, DeadLetter
from overheal.store import open_store
from overheal.store.connection import Embedded
from overheal.store.engine import Engine
from overheal.store.migrate import migrate
from overheal.store.sql import migrations
from tests.integration.store.made import START, counted, event
from tests.support.migrated import migrated_folder

ROOT = Path(__file__).parents[3]
PREAMBLE = """
import sys
from pathlib import Path
from overheal.errors import StoreError
from overheal.store import open_store
from tests.integration.store.made import counted, event
folder = Path(sys.argv[1])
def batch(number, size=2000):
    return counted([event(number * size + n, time=1_772_416_800_000_000 + n) for n in range(size)])
"""


@contextlib.contextmanager
def process(script: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a script in a process of its own, killed at the end if it still runs."""
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PREAMBLE + dedent(script), str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def output(script: str, folder: Path) -> list[str]:
    with process(script, folder) as running:
        written, _ = running.communicate(timeout=120)
    assert running.returncode == 0
    return written.splitlines()


def test_a_folder_that_another_process_holds_is_refused_by_name(tmp_path):
    script = "store = open_store(folder); print('held', flush=True); sys.stdin.read()"
    with process(script, migrated_folder(tmp_path / "store")) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreBusy, match=rf"in use by process {holder.pid} \(.+\); wait"):
            open_store(tmp_path / "store")
    with open_store(tmp_path / "store") as store:
        assert store.counts().events == 0


def test_a_folder_that_the_engine_has_open_elsewhere_is_refused_by_number(tmp_path):
    script = """
    import clickhouse_connect
    client = clickhouse_connect.get_client(interface="chdb", path=str(folder))
    print("held", flush=True)
    sys.stdin.read()
    """
    with process(script, tmp_path / "store") as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreBusy, match=rf"in use by process {holder.pid};"):
            open_store(tmp_path / "store")


def test_a_process_holds_one_store_at_a_time(tmp_path):
    with open_store(migrated_folder(tmp_path / "one")) as store:
        with pytest.raises(StoreBusy, match="this process already"):
            open_store(tmp_path / "one")
        with pytest.raises(StoreError, match="has another store open"):
            open_store(tmp_path / "two")
        assert store.counts().events == 0
    with open_store(migrated_folder(tmp_path / "two")):
        pass


def test_opening_again_changes_nothing(tmp_path):
    for _ in range(2):
        with open_store(tmp_path / "store") as store:
            assert migrate(store._engine) == []
            found = store._engine.rows("SELECT version, name FROM schema_migrations ORDER BY 1")
        assert found == [(item.version, item.name) for item in migrations()]
    store.close()


def test_a_migration_cut_off_anywhere_is_completed(tmp_path, monkeypatch):
    """Each version's is cut off three times; the next attempt goes on from there.

    That it may be cut off after any statement is tested where there are rows: `test_versions`.
    """
    every = list(migrations())
    engine = Engine(Embedded(tmp_path / "cut"))
    real = engine.command
    for number, migration in enumerate(every):
        known = every[: number + 1]
        monkeypatch.setattr("overheal.store.migrate.migrations", lambda known=known: known)
        count = len(migration.statements)
        for last in {migration.statements[at]: None for at in (0, count // 2, count - 1)}:

            def dies(sql, settings=None, last=last):
                if sql == last:
                    raise KeyboardInterrupt
                real(sql, settings)

            monkeypatch.setattr(engine, "command", dies)
            with pytest.raises(KeyboardInterrupt):
                migrate(engine)
    engine.close()
    monkeypatch.undo()
    with open_store(tmp_path / "cut") as store:
        store.write_events(counted([event(1)]))
        assert store.counts().events == 1
        found = schema(store)
    with open_store(tmp_path / "whole") as store:
        assert schema(store) == found


def schema(store):
    return store._engine.rows(
        "SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase()"
        " ORDER BY name"
    )


def test_a_store_of_a_newer_version_is_left_alone(tmp_path):
    with open_store(migrated_folder(tmp_path / "store")) as store:
        newer = pa.table({"version": [99], "name": ["future"]})
        store._engine.insert("schema_migrations", newer, "")
    for _ in range(2):
        with pytest.raises(StoreNewer, match=r"newer version of overheal .*99.* upgrade"):
            open_store(tmp_path / "store")


def test_what_was_acknowledged_survives_a_kill_and_nothing_is_torn(tmp_path):
    script = """
    store = open_store(folder)
    for number in range(10_000):
        store.write_events(batch(number), f"batch-{number}")
        print(number, flush=True)
    """
    folder = migrated_folder(tmp_path / "store")
    with process(script, folder) as running:
        for _ in range(6):
            acknowledged = int(running.stdout.readline())
        os.kill(running.pid, signal.SIGKILL)
        acknowledged = max([acknowledged, *map(int, running.stdout.read().split())])
    with open_store(folder) as store:
        found = store.counts().events
        assert found in {(acknowledged + 1) * 2000, (acknowledged + 2) * 2000}
        for number in range(acknowledged + 2):
            rows = counted(
                [event(number * 2000 + n, time=START + n) for n in range(2000)],
            )
            store.write_events(rows, f"batch-{number}")
        assert store.counts().events == (acknowledged + 2) * 2000
        assert [row.recoveries for row in store.hourly()] == [(acknowledged + 2) * 2000]
        assert sum(len(part) for part in store.history()) == (acknowledged + 2) * 2000


def test_an_insert_torn_between_months_is_completed_by_analysing_again(tmp_path):
    events = [event(n, time=START + n * 31 * 24 * HOUR) for n in range(4)]
    with open_store(migrated_folder(tmp_path / "store")) as store:
        store.write_events(counted(events[1:3]), "torn")
        store.write_events(counted(store.absent(events)))
        assert [item for part in store.history() for item in part] == events
        assert store._engine.rows("SELECT count() FROM action_events") == [(4,)]


def test_a_folder_that_cannot_be_written_is_refused():
    folder = Path(tempfile.mkdtemp())
    try:
        folder.chmod(0o555)
        script = """
        import os
        if os.getuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        for place in (folder, folder / "store"):
            try:
                open_store(place)
            except StoreError as error:
                print(error)
        """
        lines = output(script, folder)
    finally:
        shutil.rmtree(folder)
    assert len(lines) == 2
    assert all("permission denied); name a folder that you can write to" in line for line in lines)


@pytest.mark.skipif(os.getuid() != 0, reason="mounting a small disk takes root")
def test_a_full_disk_is_an_error_after_which_the_process_goes_on(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(disk)], check=False
    )
    if mounted.returncode:
        pytest.skip("this system does not let root mount a small disk")
    script = """
    store = open_store(folder / "store")
    store.write_events(batch(0))
    (folder / "ballast").write_bytes(b"x" * (14 << 20))
    written = 1
    try:
        for number in range(1, 500):
            store.write_events(batch(number))
            written += 1
    except StoreError as error:
        print(error)
    (folder / "ballast").unlink()
    store.write_events(batch(10_000))
    written += 1
    print(store.counts().events >= written * 2000, store.counts().events % 2000)
    store.close()
    print(open_store(folder / "store").counts().events >= written * 2000)
    """
    try:
        lines = output(script, disk)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
    assert lines[0].startswith(f"the disk that holds {disk / 'store'} is full; free some space")
    assert lines[1:] == ["True 0", "True"]


def test_a_file_that_may_not_grow_is_an_error_after_which_the_process_goes_on(tmp_path):
    script = """
    import resource
    store = open_store(folder)
    store.write_events(batch(0))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        store.write_events(batch(1))
    except StoreError as error:
        print(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    store.write_events(batch(1))
    print(store.counts().events)
    """
    lines = output(script, migrated_folder(tmp_path / "store"))
    assert "is full; free some space" in lines[0]
    assert lines[1:] == ["4000"]


def test_a_store_of_the_first_version_keeps_what_it_holds(tmp_path):
    engine = Engine(Embedded(tmp_path))
    for earlier in migrations()[:3]:
        for statement in earlier.statements:
            engine.command(statement)
    engine.command(
        "INSERT INTO action_events (id, source, time, phase, service, counted, _offset) "
        "VALUES ('e-0', 'urn:test', '2026-03-02 02:00:00', 'finished', 'checkout', 1, 7)"
    )
    engine.command(
        "INSERT INTO dead_letters (origin, line, code, reason, payload) "
        "VALUES ('f', 1, 'not_json', 'no', '{'), ('f', 2, 'not_json', 'no', '{')"
    )
    engine.command("INSERT INTO findings (id, evidence, tier_history, tier, status) "
                   "VALUES ('thrashing-1', '{}', '[]', 1, 'open')")  # fmt: skip
    engine.command(
        "INSERT INTO ingest_ranges (origin, epoch, first, last, received) VALUES ('f', '1', 1, 9, 9)"
    )
    engine.close()
    with open_store(tmp_path) as store:
        store.write_dead_letters([DeadLetter("f", 1, "not_json", "no", b"{")], START)
        counts = store.counts()
        assert (counts.actions, counts.dead_letters, counts.findings) == (1, 2, 1)
        assert store.known([("urn:test", "e-0")]) == {("urn:test", "e-0")}
        assert [item.id for item in store.findings()] == ["thrashing-1"]
        assert [(item.first, item.last, item.reasons) for item in store.ranges("f")] == [(1, 9, {})]
        found = [row for part in store.stored_after("", "", 0, 6, 7, 0) for row in part]
        assert [(row.event.id, row.item, row.epoch) for row in found] == [("e-0", 0, "")]

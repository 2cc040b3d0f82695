"""Whether a store is whole, what it takes, and a copy of it that can be restored."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import msgspec
import pytest

from overheal.errors import ConfigError, InputError, OutputError, StoreBusy, StoreError
from overheal.model import DAY, Status
from overheal.run.upkeep.archive import backup_folder, restore_folder
from overheal.run.upkeep.looking import as_document, check, repair, stats
from overheal.store import IngestRange, Relation, migrate_server, open_store
from overheal.store.backup import backup_server, restore_server
from overheal.store.owner import Ownership
from tests.integration.store.conftest import address
from tests.integration.store.everything import filled
from tests.integration.store.made import START, counted, event
from tests.integration.store.test_records import FINDING
from tests.support.command import run, says


def texts(store):
    return [one.text for one in check(store).complaints]


def ledger(store, **changes):
    entry = {"origin": "f", "epoch": "1", "first": 1, "last": 9, "received": 3, "stored": 3}
    store.write_range(IngestRange(**(entry | changes)))


def test_an_empty_store_and_a_right_one_are_whole(store):
    assert check(store).whole
    store.write_events(counted([event(n) for n in range(3)]))
    store.write_findings([FINDING])
    ledger(store)
    health = check(store)
    assert (health.complaints, health.notes) == ([], [])
    assert as_document(health) == {"complaints": [], "notes": [], "whole": True}


def test_a_table_of_several_parts_is_checked_part_by_part(store):
    for number in range(3):
        store.write_events(counted([event(number)]))
    assert check(store).whole


def test_a_ledger_that_does_not_add_up_is_named(store):
    ledger(store, received=5)
    assert texts(store)[0] == "f partition 0, 1 to 9: 2 events missing"


def test_events_that_only_the_ledger_knows_are_missing(store):
    store.write_events(counted([event(1)]))
    ledger(store)
    found = check(store)
    told = [one.text for one in found.complaints] + found.notes
    assert told[0].startswith("2 events that the ledger counts are not there")
    assert found.whole == (store.retention_days() is not None)


def test_events_that_the_ledger_does_not_know_are_noted(store):
    store.write_events(counted([event(1)]))
    found = check(store)
    assert found.whole
    assert "1 events are stored that the ledger does not speak of" in found.notes[0]


def test_what_names_something_absent_is_an_orphan(store):
    store.write_events(counted([event(n) for n in range(3)]))
    ledger(store)
    lost = msgspec.structs.replace(
        FINDING, id="lost", members=["e-1", "gone"], status=Status.OPEN, inhibited_by="nobody"
    )
    store.write_findings([lost])
    store.write_relations([Relation("stranger", 1, "", "")])
    found = texts(store)
    assert "a finding explained by one that is not there: lost" in found
    assert "a relation of a finding that is not there: stranger" in found
    assert "finding lost names 1 events not there, like gone" in found


CUT_OFF = (
    *("event_names", "causal_claims", "causal_inferences", "field_writes"),
    *("action_facts", "signal_facts"),
)


def test_what_an_insert_that_was_cut_off_left_out_is_named_and_written_anew(store):
    told = [event(n, caused_by=(f"e-{n - 1}",), user_visible=True) for n in range(4)]
    inferred = {"inferred": [("e-0", "e-3", "catalog", 0.9)]}
    store.write_events(counted(told[:2]))
    before = {table: _keys(store, table) for table in CUT_OFF}
    views = [feed.view for feed in store.feeds()]
    _detached(store, views, lambda: store.write_events(counted(told[2:])))
    found = msgspec.structs.replace(
        FINDING, id="cascade-1", detector="cascade", members=["e-0", "e-3"], evidence=inferred
    )
    _detached(store, views, lambda: store.write_findings([found]))
    ledger(store, received=4, stored=4)
    assert {table: _keys(store, table) for table in CUT_OFF} == before
    lacking = [text for text in texts(store) if "--repair" in text]
    assert [text.split()[0] for text in lacking] == sorted(CUT_OFF, key=_by_view)
    assert "field_writes lacks 2 rows of action_events" in " ".join(lacking)
    assert len(repair(store)) == len(CUT_OFF)
    assert check(store).whole
    assert repair(store) == []
    store.settle()
    causes = sorted((edge.cause, edge.effect) for edge in store.causes_of(["a-1", "a-2", "a-3"]))
    assert causes == [("a-0", "a-1"), ("a-0", "a-3"), ("a-1", "a-2"), ("a-2", "a-3")]
    assert store.kpis(START - DAY, START + DAY).get("recoveries").value == 4


def _by_view(table):
    return {"signal_facts": "z", "action_facts": "a"}.get(table, table)


def _keys(store, table):
    return store._engine.rows(f"SELECT count() FROM {table}")


def _detached(store, views, write):
    """Write as a process does that dies before the views have written theirs."""
    for view in views:
        store._engine.command(f"DETACH TABLE {view}")
    write()
    for view in views:
        store._engine.command(f"ATTACH TABLE {view}")


def test_the_size_is_told_by_table_and_by_event(store):
    filled(store)
    found = stats(store)
    assert found.events == 10
    assert found.per_event == found.bytes / 10
    assert {table.table for table in found.tables} >= {"action_events", "findings"}
    assert as_document(found)["first_at"] == "2026-03-02T02:00:00Z"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store's folder that no process has open."""
    folder = tmp_path_factory.mktemp("kept") / "store"
    lines = tmp_path_factory.mktemp("lines") / "events.jsonl"
    example = Path("schemas/examples/actions/restart-finished.json").read_text()
    lines.write_text(json.dumps(json.loads(example)) + "\n")
    done = run("analyze", lines, "--store", folder)
    assert done.returncode == 0, says(done)
    return folder


def test_a_folder_is_backed_up_and_restored(folder, tmp_path):
    done = run("store", "backup", "--store", folder, "--out", tmp_path / "b.tar")
    assert done.returncode == 0, says(done)
    done = run("store", "restore", tmp_path / "b.tar", "--store", tmp_path / "new")
    assert done.returncode == 0, says(done)
    assert b"1 event, as of 20" in done.stdout
    done = run("store", "check", "--store", tmp_path / "new")
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith(b"the store is whole\n")


def test_a_folder_in_use_is_not_backed_up(folder, tmp_path):
    held = Ownership(folder)
    try:
        with pytest.raises(StoreBusy, match="this process already"):
            backup_folder(folder, tmp_path / "b.tar", "now")
    finally:
        held.release()
    assert not list(tmp_path.iterdir())


def test_a_backup_overwrites_nothing_and_needs_a_store(folder, tmp_path):
    (tmp_path / "there").write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        backup_folder(folder, tmp_path / "there", "now")
    with pytest.raises(StoreError, match="holds no store"):
        backup_folder(tmp_path, tmp_path / "b.tar", "now")
    with pytest.raises(OutputError, match="cannot be written"):
        backup_folder(folder, tmp_path / "no" / "b.tar", "now")
    backup_folder(folder, tmp_path / "b.tar", "now")
    with pytest.raises(OutputError, match="exists already"):
        restore_folder(tmp_path / "b.tar", tmp_path)


def test_a_backup_that_is_cut_off_or_none_leaves_no_store(folder, tmp_path):
    backup_folder(folder, tmp_path / "b.tar", "now")
    content = (tmp_path / "b.tar").read_bytes()
    with tarfile.open(tmp_path / "b.tar") as whole:
        members = whole.getmembers()
    damages = {"none": b"text", "no": b""} | {
        f"cut at {place}": content[:place]
        for member in (members[1], members[len(members) // 2], members[-1])
        for place in (member.offset, member.offset + 100, member.offset_data)
    }
    for name, damaged in damages.items():
        (tmp_path / name).write_bytes(damaged)
        with pytest.raises(InputError):
            restore_folder(tmp_path / name, tmp_path / "new")
    with pytest.raises(InputError, match="cannot be read"):
        restore_folder(tmp_path / "nothing", tmp_path / "new")
    assert {path.name for path in tmp_path.iterdir()} == {"b.tar", *damages}


def test_a_damaged_file_is_found(folder, tmp_path):
    backup_folder(folder, tmp_path / "b.tar", "now")
    restore_folder(tmp_path / "b.tar", tmp_path / "new")
    parts = list((tmp_path / "new" / "store").rglob("data.bin"))
    largest = max(parts, key=lambda path: path.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 0xFF
    largest.write_bytes(content)
    done = run("store", "check", "--store", tmp_path / "new")
    assert done.returncode == 1, done.stdout
    assert b"is damaged" in done.stdout
    says(done)


def test_a_folder_that_holds_other_things_is_left_alone(tmp_path):
    (tmp_path / "letter").write_text("mine")
    done = run("store", "stats", "--store", tmp_path)
    assert done.returncode == 1
    assert "holds no store, but other things" in says(done)
    assert [path.name for path in tmp_path.iterdir()] == ["letter"]


@pytest.mark.parametrize("place", ["x", "File('a'); DROP TABLE x", "File('a') SETTINGS a=1", ""])
def test_only_a_place_is_a_place_for_a_backup(place):
    with pytest.raises(ConfigError, match="is no place for a backup"):
        backup_server(address("http://127.0.0.1:1/x"), place)


def test_a_server_backs_up_its_database_and_restores_it(own_clickhouse):
    front = own_clickhouse
    place = address(f"{front.url}/kept")
    migrate_server(place)
    with open_store(place) as store:
        store.write_events(counted([event(n) for n in range(3)]))
    backup_server(place, f"File('{front.backups / 'monday'}')")
    other = address(f"{front.url}/kept")
    with open_store(other) as store:
        for table in store.kept_tables():
            store._engine.command(f"TRUNCATE TABLE `{table.name}`")
    with pytest.raises(StoreError, match="could not restore"):
        restore_server(place, f"File('{front.backups / 'no such'}')")
    with open_store(place) as store:
        store._engine.command("DROP DATABASE kept")
    restore_server(place, f"File('{front.backups / 'monday'}')")
    with open_store(place) as store:
        assert store.counts().actions == 3
        assert check(store).notes[0].startswith("3 events are stored")


def test_a_place_that_the_server_does_not_allow_is_an_error(own_clickhouse):
    place = address(f"{own_clickhouse.url}/kept")
    migrate_server(place)
    with pytest.raises(StoreError, match="could not backup"):
        backup_server(place, "File('/no/such/place')")

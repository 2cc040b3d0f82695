"""A person's name is gone from everything that is stored, and the history still belongs together."""

from __future__ import annotations

import json

import msgspec
import pytest

from overheal.errors import OptionError
from overheal.model import DeadLetter
from overheal.run.upkeep.erasing import erase, pseudonym, would_erase
from overheal.store import Relation, Snapshot, TimedInput
from overheal.store.erasing import Word
from tests.integration.store.everything import contents, filled
from tests.integration.store.made import START, counted, event, observation
from tests.integration.store.test_records import FINDING
from tests.support.command import run, says
from tests.support.migrated import migrated_folder

ALICE = "alice.o'hara@example.com"
NOW = START + 10**12


def told_about(store, name=ALICE):
    filled(store)
    document = json.dumps({"data": {"agent": {"name": name}, "condition": f"asked {name}!"}})
    store.write_events(
        counted(
            [
                event(20, agent=name, document=document.encode(), labels={name: f"by {name}"}),
                event(21, service=name, id=f"{name}/1", caused_by=(name, "x"), condition=name),
                observation(22, agent=name),
                event(23, agent=f"x{name}", condition="alice.o"),
            ]
        )
    )
    store.write_findings(
        [
            msgspec.structs.replace(
                FINDING,
                id="of-alice",
                agents=[name, "b"],
                evidence={"by": name},
                summary=f"{name}.",
            )
        ]
    )
    store.write_relations([Relation("of-alice", 9, name, "")])
    store.write_dead_letters([DeadLetter("g", 1, "x", name, b"\xff " + name.encode())], START)
    state = msgspec.msgpack.encode({"agents": [name, "y" * 40 + name], "n": 5})
    store.write_snapshots([Snapshot(topic="t", epoch="e", partition=2, scope="s", drill="",
        partitions=1, offset=1, record_key=b"k", format="f", due=0, state=state, written_at=1)])  # fmt: skip
    store.write_inputs([TimedInput("catalog", START, "e", json.dumps({"owner": name}), name, 1)])


@pytest.mark.parametrize(
    "name",
    [pytest.param("bob", marks=pytest.mark.embedded_will_do), "Ålice \"Ö\\d' Öström"],
)
def test_a_name_is_gone_from_every_table_and_nothing_else_is(store, name):
    told_about(store, name)
    before = contents(store)
    done = erase(store, name, NOW)
    after = contents(store)
    assert set(done.rows) >= {
        *("action_events", "observations", "findings", "dead_letters", "detector_state"),
        *("timed_inputs", "finding_relations"),
    }
    assert not store.holding(Word(name, done.instead))
    record = after["observations"].pop(
        next(i for i, row in enumerate(after["observations"]) if row["field"] == b"erasure")
    )
    assert record["agent"] == b"overheal erase"
    assert {table: len(rows) for table, rows in after.items()} == {
        table: len(rows) for table, rows in before.items()
    }
    untouched = [row for row in before["action_events"] if row["id"] in (b"e-0", b"e-1")]
    assert len(untouched) == 2
    assert all(row in after["action_events"] for row in untouched)


@pytest.mark.embedded_will_do
def test_what_a_person_did_still_belongs_together(store):
    told_about(store)
    done = erase(store, ALICE, NOW)
    (finding,) = [one for one in store.findings() if one.id == "of-alice"]
    assert finding.agents == [done.instead, "b"]
    assert finding.evidence == {"by": done.instead}
    by = store._engine.rows(
        f"SELECT id, condition FROM action_events FINAL WHERE agent = '{done.instead}'"
        f" OR service = '{done.instead}' ORDER BY id"
    )
    assert by == [("e-20", "liveness probe failed"), (f"{done.instead}/1", done.instead)]
    events = [one for batch in store.history() for one in batch]
    assert len(events) == len({one.key for one in events})


@pytest.mark.embedded_will_do
def test_the_bytes_of_a_snapshot_can_still_be_read(store):
    told_about(store)
    done = erase(store, ALICE, NOW)
    ((state,),) = [
        [row["state"]] for row in contents(store)["detector_state"] if row["partition"] == 2
    ]
    assert msgspec.msgpack.decode(state) == {
        "agents": [done.instead, "y" * 40 + done.instead],
        "n": 5,
    }


def test_a_dry_run_changes_nothing_and_counts_the_same(store):
    told_about(store)
    before = contents(store)
    dry = would_erase(store, ALICE)
    assert contents(store) == before
    assert dry.rows == erase(store, ALICE, NOW).rows
    assert would_erase(store, ALICE).rows == {}


@pytest.mark.embedded_will_do
def test_only_whole_words_are_meant(store):
    store.write_events(counted([event(1, agent="annotator"), event(2, agent="ann")]))
    assert erase(store, "ann", NOW).rows["action_events"] == 1
    agents = {row["agent"] for row in contents(store)["action_events"]}
    assert b"annotator" in agents
    assert b"ann" not in agents


@pytest.mark.embedded_will_do
def test_a_store_that_does_not_hold_it_stays_as_it_was(store):
    filled(store)
    before = contents(store)
    assert erase(store, "nobody.of.that.name", NOW).rows == {}
    assert contents(store) == before


@pytest.mark.embedded_will_do
@pytest.mark.parametrize(
    "at",
    [
        "ALTER TABLE `action_events` DELETE",
        pytest.param("INSERT INTO `findings`", marks=pytest.mark.slow),
        pytest.param("ALTER TABLE `action_facts` DELETE", marks=pytest.mark.slow),
        "INSERT INTO observations",
        "ALTER TABLE timed_inputs DELETE",
    ],
)
def test_cut_off_anywhere_it_is_completed_by_the_same_call_under_one_name(store, monkeypatch, at):
    told_about(store)
    expected = {table: len(rows) for table, rows in contents(store).items()}
    expected["observations"] += 1
    once = would_erase(store, ALICE).rows
    engine = store._engine
    command, insert = engine.command, engine.insert

    def dies(sql, settings=None):
        if sql.startswith(at):
            raise KeyboardInterrupt
        command(sql, settings)

    def dies_too(table, columns, token=""):
        if at == f"INSERT INTO {table}":
            raise KeyboardInterrupt
        insert(table, columns, token)

    monkeypatch.setattr(engine, "command", dies)
    monkeypatch.setattr(engine, "insert", dies_too)
    with pytest.raises(KeyboardInterrupt):
        erase(store, ALICE, NOW)
    monkeypatch.undo()
    done = erase(store, ALICE, NOW + 1)
    assert done.rows == once
    assert not would_erase(store, ALICE).rows
    assert {table: len(rows) for table, rows in contents(store).items()} == expected
    agents = {one.agent for batch in store.history() for one in batch}
    assert {name for name in agents if name.startswith("erased-")} == {done.instead}
    assert erase(store, ALICE, NOW + 2).rows == {}


@pytest.mark.parametrize("subject", ["", "ab", " alice"])
def test_what_is_no_name_is_refused(subject):
    with pytest.raises(OptionError, match="too short"):
        pseudonym(subject)


def test_a_pseudonym_is_as_long_and_says_what_it_is():
    assert len(pseudonym("Ålice Öström").encode()) == len("Ålice Öström".encode())
    assert pseudonym(ALICE).startswith("erased-")
    assert pseudonym("bob") != "bob"


def test_the_command_asks_for_yes(tmp_path):
    folder = migrated_folder(tmp_path / "store")
    done = run("erase", "--subject", "alice", "--store", folder)
    assert done.returncode == 0, says(done)
    assert b"nothing in the store holds it" in done.stdout
    assert run("erase", "--subject", "a", "--store", folder).returncode == 2
    assert run("erase", "--subject", "abc", "--store", folder, "--yes", "--dry-run").returncode == 2

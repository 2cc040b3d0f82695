"""What is exported comes back as it was, and nothing that was changed on the way is taken."""

from __future__ import annotations

import json

import msgspec
import pyarrow.parquet as pq
import pytest

from overheal.drills import DeclaredDrill
from overheal.errors import ConfigError, InputError, OutputError
from overheal.expectations import Expectation
from overheal.model import DAY
from overheal.run.transfer.choice import Choice
from overheal.run.transfer.giving import give
from overheal.run.transfer.keys import VARIABLE, sealing_key
from overheal.run.transfer.manifest import read
from overheal.run.transfer.taking import checked, take
from overheal.secret import Secret
from overheal.store import Acknowledgement, StoredEvent
from overheal.store.labels import Label
from tests.integration.store.conftest import empty
from tests.integration.store.everything import contents, filled
from tests.integration.store.made import START, event
from tests.integration.store.test_records import FINDING

KEY = Secret("0123456789abcdef")
NOW = START + 3_600_000_000


def given(store, out, kind="parquet", key=None, **choice):
    return give(store, Choice(**choice), out, kind, key, NOW)


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_everything_comes_back_as_it_was(store, tmp_path, kind):
    filled(store)
    before = contents(store)
    assert all(before.values()), "the test store lacks rows in a table"
    manifest = given(store, tmp_path / "out", kind, KEY)
    assert manifest.complete
    assert {entry.table: entry.rows for entry in manifest.tables} == {
        table: len(rows) for table, rows in before.items()
    }
    empty(store)
    take(store, tmp_path / "out", KEY)
    assert contents(store) == before
    take(store, tmp_path / "out", KEY)
    assert contents(store) == before


def test_an_empty_store_can_be_exported_and_imported(store, tmp_path):
    for kind in ("parquet", "jsonl"):
        given(store, tmp_path / kind, kind)
        take(store, tmp_path / kind, None)
    assert not any(contents(store).values())


def test_both_formats_hold_the_same(store, tmp_path):
    filled(store)
    given(store, tmp_path / "a", "parquet")
    given(store, tmp_path / "b", "jsonl")
    first = (tmp_path / "b" / "action_events.jsonl").read_text().splitlines()[0]
    assert json.loads(first)["time"].endswith("Z")
    assert pq.read_table(tmp_path / "a" / "action_events.parquet").num_rows == 7
    letters = (tmp_path / "b" / "dead_letters.jsonl").read_text()
    assert '"base64":"//57AA=="' in letters


def rows_of(manifest):
    return {entry.table: entry.rows for entry in manifest.tables if entry.rows}


def test_a_part_is_chosen_by_time_service_and_action(store, tmp_path):
    filled(store)
    hour = rows_of(given(store, tmp_path / "a", since=START, until=START + 1_200_000_000))
    assert hour["action_events"] == 2
    assert hour["observations"] == 2
    ledger = given(store, tmp_path / "b", service="ledger")
    assert rows_of(ledger)["action_events"] == 1
    assert "detector_state" in ledger.left_out
    assert not ledger.complete
    one = rows_of(given(store, tmp_path / "c", action="a-1"))
    assert (one["action_events"], one["findings"]) == (1, 1)
    assert rows_of(given(store, tmp_path / "d", action="no such")) == {}


def test_what_holds_for_a_service_without_naming_it_goes_with_it(store, tmp_path):
    store.write_events(
        [
            StoredEvent(event(1, service="shop/cart"), scope="shop"),
            StoredEvent(event(2, service="pay/ledger"), scope="pay"),
        ]
    )
    spans = {"since": START, "until": START + DAY, "owner": "", "author": ""}
    for name, services, scopes in (
        ("all", (), ()),
        ("shop", (), ("shop",)),
        ("short", ("cart",), ()),
        ("pay", (), ("pay",)),
        ("other", ("pay/ledger",), ()),
    ):
        made = DeclaredDrill(
            id=name, services=services, scopes=scopes, no_automation=False, **spans
        )
        store.write_declared([made])
    for name in ("cart", "shop/cart", "ledger"):
        fields = {"environment": "", "detector": "", "count": 1, "per": "day", "reason": "x"}
        store.write_declared([Expectation(id=name, service=name, **fields, **spans)])
    store.write_findings([msgspec.structs.replace(FINDING, id="f-1", service="shop/cart")])
    store.write_acknowledgements(
        [Acknowledgement(id=name, kind="finding", at=START, by="ada") for name in ("f-1", "f-2")]
    )
    for name in ("f-1", "f-2"):
        store.write_label(Label(id=name, verdict="noise", noted_at=START))
    given(store, tmp_path / "out", "jsonl", service="shop/cart")

    def ids(table):
        lines = (tmp_path / "out" / f"{table}.jsonl").read_text().splitlines()
        return sorted(json.loads(line)["id"] for line in lines)

    assert ids("drills") == ["all", "shop", "short"]
    assert ids("expectations") == ["cart", "shop/cart"]
    assert ids("acknowledgements") == ids("labels") == ["f-1"]


def test_a_changed_file_is_refused_and_nothing_is_written(store, tmp_path):
    filled(store)
    given(store, tmp_path / "out", "jsonl", KEY)
    empty(store)
    path = tmp_path / "out" / "findings.jsonl"
    path.write_bytes(path.read_bytes().replace(b"thrashing", b"thrushing"))
    with pytest.raises(InputError, match=r"findings.jsonl is not the file that was exported"):
        take(store, tmp_path / "out", None)
    path.unlink()
    with pytest.raises(InputError, match="cannot be read"):
        take(store, tmp_path / "out", None)
    assert not any(contents(store).values())


def test_a_changed_manifest_is_told_by_its_signature(store, tmp_path):
    filled(store)
    given(store, tmp_path / "out", "jsonl", KEY)
    checked(tmp_path / "out", KEY)
    with pytest.raises(InputError, match="the key is another"):
        checked(tmp_path / "out", Secret("another key of 16"))
    path = tmp_path / "out" / "manifest.json"
    path.write_text(path.read_text().replace('"rows": 7', '"rows": 6'))
    checked(tmp_path / "out", None)
    with pytest.raises(InputError, match="the manifest was changed"):
        checked(tmp_path / "out", KEY)
    given(store, tmp_path / "plain")
    with pytest.raises(InputError, match="is not signed"):
        checked(tmp_path / "plain", KEY)


def test_what_is_no_export_is_refused(store, tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        take(store, tmp_path, None)
    for content in (b"{}", b"no", b'{"schema":1}'):
        (tmp_path / "manifest.json").write_bytes(content)
        with pytest.raises(InputError, match="is no manifest"):
            take(store, tmp_path, None)


def test_an_export_of_a_newer_version_is_refused(store, tmp_path):
    given(store, tmp_path / "out")
    path = tmp_path / "out" / "manifest.json"
    plain = path.read_text()
    path.write_text(plain.replace('"store_version": ', '"store_version": 9'))
    with pytest.raises(InputError, match="upgrade overheal"):
        take(store, tmp_path / "out", None)
    path.write_text(plain.replace('"table": "findings"', '"table": "wonders"'))
    with pytest.raises(InputError, match="table wonders"):
        take(store, tmp_path / "out", None)
    path.write_text(plain.replace("overheal-export-1", "overheal-export-2"))
    with pytest.raises(InputError, match="overheal-export-2"):
        take(store, tmp_path / "out", None)


def test_a_file_outside_the_folder_is_refused(store, tmp_path):
    given(store, tmp_path / "out")
    path = tmp_path / "out" / "manifest.json"
    path.write_text(path.read_text().replace('"findings.parquet"', '"../findings.parquet"'))
    with pytest.raises(InputError, match="outside its folder"):
        take(store, tmp_path / "out", None)


def test_an_older_export_without_a_column_gets_its_default(store, tmp_path):
    filled(store)
    given(store, tmp_path / "out")
    path = tmp_path / "out" / "action_events.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["detail"]), path)
    manifest = read(tmp_path / "out")
    text = (tmp_path / "out" / "manifest.json").read_text()
    (entry,) = [one for one in manifest.tables if one.table == "action_events"]
    from overheal.run.transfer.manifest import digest, written

    entry.sha256 = digest(path)
    del entry.columns["detail"]
    (tmp_path / "out" / "manifest.json").write_bytes(written(manifest))
    assert text != (tmp_path / "out" / "manifest.json").read_text()
    empty(store)
    take(store, tmp_path / "out", None)
    assert store.counts().actions == 7


def test_what_is_there_is_not_overwritten_and_nothing_half_remains(store, tmp_path, monkeypatch):
    filled(store)
    (tmp_path / "out").mkdir()
    with pytest.raises(OutputError, match="exists already"):
        given(store, tmp_path / "out")
    with pytest.raises(OutputError, match="cannot be written"):
        given(store, tmp_path / "no" / "out")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("overheal.run.transfer.giving.to_lines", full)
    with pytest.raises(OutputError, match="No space left"):
        given(store, tmp_path / "new", "jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_key_is_read_from_a_file_or_the_environment(tmp_path, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert sealing_key(None) is None
    monkeypatch.setenv(VARIABLE, "x" * 16)
    assert sealing_key(None) == Secret("x" * 16)
    (tmp_path / "key").write_text("y" * 32 + "\n")
    assert sealing_key(tmp_path / "key") == Secret("y" * 32)
    (tmp_path / "short").write_text("y")
    with pytest.raises(ConfigError, match="16 or more"):
        sealing_key(tmp_path / "short")
    with pytest.raises(ConfigError, match="cannot be read"):
        sealing_key(tmp_path / "none")


def test_damaged_parquet_is_an_error_of_input(store, tmp_path):
    given(store, tmp_path / "out")
    path = tmp_path / "out" / "findings.parquet"
    path.write_bytes(b"PAR1")
    manifest = read(tmp_path / "out")
    from overheal.run.transfer.manifest import digest, written

    for entry in manifest.tables:
        entry.sha256 = digest(tmp_path / "out" / entry.file)
    (tmp_path / "out" / "manifest.json").write_bytes(written(manifest))
    with pytest.raises(InputError, match="cannot be read as findings"):
        take(store, tmp_path / "out", None)

"""Keeping and giving, as a user does it: what goes wrong is one sentence, and nothing is lost."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from overheal.cli.ending import Ended
from overheal.store import Store, open_store
from tests.support import asked
from tests.support.command import here, run, says
from tests.support.migrated import migrated_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept") / "store"
    asked.filled(folder).close()
    return folder


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.getuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small disk takes root, on a system that lets it")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_store_goes_out_and_in_and_is_whole(folder: Path, tmp_path: Path):
    (tmp_path / "key").write_text("0123456789abcdef\n")
    out, key = tmp_path / "out", ("--key-file", tmp_path / "key")
    done = here("export", "--store", folder, "--out", out, *key)
    assert done.returncode == 0, says(done)
    said = " ".join(done.stdout.decode().split())
    assert "action_events 466" in said
    assert "signed with key" in said
    assert here("import", out, "--check", *key).returncode == 0
    for _ in ("once", "twice"):
        done = here("import", out, "--store", tmp_path / "new", *key)
        assert done.returncode == 0, says(done)
    assert "there already is one row" in " ".join(done.stdout.decode().split())
    done = here("store", "check", "--store", tmp_path / "new")
    assert done.stdout.decode() == "the store is whole\n", done.stdout
    lists = [
        here("findings", "list", "--store", at, "-o", "json") for at in (folder, tmp_path / "new")
    ]
    assert lists[0].stdout == lists[1].stdout


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--service", "chekout"), 1, "did you mean 'checkout'?"),
        (("--action", "page-0"), 1, "no action or event is called"),
        (("--action", "pool-9"), 1, "the nearest ids are pool-1, pool-2"),
        (("--since", "2026-02-01", "--until", "2026-01-01"), 2, "is not before"),
        (("--since", "1d", "--until", "1d"), 2, "is not before"),
        (("--since", "yesterday"), 2, "neither a time like"),
        (("--format", "xml"), 2, "xml"),
    ],
)
def test_what_is_not_there_and_what_cannot_be_is_refused(
    folder: Path, tmp_path: Path, words, code, told
):
    done = here("export", "--store", folder, "--out", tmp_path / "out", *words)
    assert done.returncode == code
    assert told in " ".join(says(done).replace("│", " ").split())
    assert not list(tmp_path.iterdir())


def test_a_span_without_events_is_exported_empty(folder: Path, tmp_path: Path):
    words = ("--since", "2020-01-01", "--until", "2020-02-01")
    done = here("export", "--store", folder, "--out", tmp_path / "out", *words)
    assert done.returncode == 0, says(done)
    assert " ".join(done.stdout.decode().split()).endswith("no rows")


READING = [
    ("sql", "SELECT 1"),
    ("export", "--out", "{out}"),
    ("erase", "--subject", "alice", "--yes"),
    ("analyze", "docs/queries.jsonl"),
    ("kpis",),
]


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_a_store_of_a_newer_version_is_left_as_it_is(newer: Path, tmp_path: Path, words):
    done = here(*(word.format(out=tmp_path / "x") for word in words), "--store", newer)
    assert done.returncode == 1
    assert "was written by a newer version of overheal" in says(done)
    assert not (tmp_path / "x").exists()


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = migrated_folder(tmp_path_factory.mktemp("newer"))
    with open_store(folder) as store:
        store._engine.command("INSERT INTO schema_migrations (version, name) VALUES (99, 'x')")
    return folder


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_a_read_only_folder_is_said_to_be_one(folder: Path, disk: Path, tmp_path: Path, words):
    (disk / "store").mkdir()
    (disk / "store" / "metadata").mkdir()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    done = run(*(word.format(out=tmp_path / "x") for word in words), "--store", disk / "store")
    assert done.returncode == 1
    assert "read-only file system): whoever reads it has to write there, too; copy it" in says(done)
    assert not (tmp_path / "x").exists()


def test_a_backup_that_was_unpacked_by_hand_is_a_store_and_half_of_one_is_refused(
    folder: Path, tmp_path: Path
):
    assert here("store", "backup", "--store", folder, "--out", tmp_path / "b.tar").returncode == 0
    hand = tmp_path / "by" / "hand"
    hand.mkdir(parents=True)
    with tarfile.open(tmp_path / "b.tar") as archive:
        archive.extractall(hand, filter="data")
    assert here("store", "check", "--store", hand).stdout.decode() == "the store is whole\n"
    above = here("store", "check", "--store", hand.parent)
    assert (above.returncode, "did you mean" in says(above)) == (1, True)
    assert str(hand) in says(above)
    shutil.rmtree(hand / "store")
    for words in (("findings", "list"), ("analyze", "docs/queries.jsonl")):
        done = here(*words, "--store", hand)
        assert done.returncode == 1
        assert "is a store without its data" in says(done)
    assert not (hand / "store").exists()


def test_a_disk_that_fills_leaves_no_half_of_an_export_or_a_backup(folder: Path, disk: Path):
    for words in (
        ("export", "--store", folder, "--format", "jsonl", "--out", disk / "out"),
        ("export", "--store", folder, "--out", disk / "out"),
        ("store", "backup", "--store", folder, "--out", disk / "backup.tar"),
    ):
        (disk / "ballast").write_bytes(bytes(900_000))
        done = run(*words)
        assert done.returncode == 1
        assert "No space left on device" in says(done)
        assert [path.name for path in disk.iterdir()] == ["ballast"]


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
@pytest.mark.filterwarnings("error")
def test_an_export_that_a_signal_ends_leaves_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
):
    rows = Store.table_rows

    def cut_off(*arguments: Any) -> Iterator[Any]:
        for batch in rows(*arguments):
            yield batch
            raise Ended(signal.SIGTERM)

    monkeypatch.setattr(Store, "table_rows", cut_off)
    done = here("export", "--store", folder, "--format", kind, "--out", tmp_path / "out")
    assert done.returncode == 143
    assert f"ended by SIGTERM; {tmp_path / 'out'} was not written; run it again" in says(done)
    gc.collect()
    assert not list(tmp_path.iterdir())


def test_an_import_onto_a_full_disk_is_repeated_where_there_is_room(
    folder: Path, disk: Path, tmp_path: Path
):
    assert run("export", "--store", folder, "--out", tmp_path / "out").returncode == 0
    subprocess.run(["mount", "-o", "remount,size=2m", str(disk)], check=True)
    done = run("import", tmp_path / "out", "--store", disk / "store")
    assert done.returncode == 1, done.stdout
    assert "full" in says(done)
    subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
    done = run("import", tmp_path / "out", "--store", disk / "store")
    assert done.returncode == 0, says(done)
    done = run("store", "check", "--store", disk / "store")
    assert done.stdout.decode() == "the store is whole\n", done.stdout


def test_a_store_in_use_says_who_has_it(folder: Path):
    with open_store(folder):
        for words in READING[:1]:
            done = run(*words, "--store", folder)
            assert done.returncode == 1
            assert "is in use by process" in says(done)

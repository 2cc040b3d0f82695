"""Who holds a folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from overheal.errors import StoreBusy, StoreError
from overheal.store.owner import OWNER_FILE, Ownership, engine_holder


def test_a_second_hold_in_this_process_is_refused(tmp_path):
    first = Ownership(tmp_path / "store")
    with pytest.raises(StoreBusy, match="in use by this process already"):
        Ownership(tmp_path / "store")
    first.release()
    first.release()
    Ownership(tmp_path / "store").release()


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match="is a file, not a folder"):
        Ownership(tmp_path / "notes.txt")
    with pytest.raises(StoreError, match="cannot hold a store"):
        Ownership(tmp_path / "notes.txt" / "store")


def test_a_name_that_no_system_allows_is_refused(tmp_path):
    with pytest.raises(StoreError, match="name too long"):
        Ownership(tmp_path / ("x" * 300))


def test_the_owner_is_named_without_its_options(tmp_path):
    script = (
        "import sys, pathlib; from overheal.store.owner import Ownership;"
        "sys.argv = ['/usr/bin/overheal', 'analyze', '--token', 'secret'];"
        "Ownership(pathlib.Path(sys.argv.pop() and sys.stdin.readline().strip()))"
    )
    subprocess.run(
        [sys.executable, "-c", script], input=str(tmp_path), text=True, check=True, timeout=60
    )
    assert json.loads((tmp_path / OWNER_FILE).read_text())["command"] == "overheal analyze"


def test_an_unreadable_note_of_the_owner_does_no_harm(tmp_path):
    held = Ownership(tmp_path)
    (tmp_path / OWNER_FILE).write_text("\x00garbage")
    with pytest.raises(StoreBusy, match="in use by another process"):
        Ownership(tmp_path)
    held.release()


def test_the_engine_names_the_process_in_its_own_file(tmp_path):
    assert engine_holder(tmp_path) is None
    (tmp_path / "status").write_text(f"PID: {os.getppid()}\nStarted at: now\n")
    assert engine_holder(tmp_path) == os.getppid()
    (tmp_path / "status").write_text(f"PID: {os.getpid()}\n")
    assert engine_holder(tmp_path) is None

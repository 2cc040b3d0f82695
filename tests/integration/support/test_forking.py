"""A forked `overheal` is what the installed one is, and a process like any other."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.support import forking
from tests.support.command import installed, run


@pytest.mark.parametrize(
    "words", [["--version"], ["analyse"], ["analyze", "nowhere.jsonl"], ["detectors", "list"]]
)
def test_it_says_and_returns_what_the_installed_command_does(words: list[str], tmp_path: Path):
    for env in ({}, {"OVERHEAL_LOG__LEVEL": "shout"}):
        one, other = run(*words, env=env, cwd=tmp_path), installed(*words, env=env, cwd=tmp_path)
        assert (one.returncode, one.stdout, one.stderr) == (
            other.returncode,
            other.stdout,
            other.stderr,
        )


def test_it_reads_what_it_is_given_in_the_folder_where_it_runs(tmp_path: Path):
    done = run("analyze", "-", "--out", "page.txt", stdin=b"{\n" * 100_000, cwd=tmp_path)
    assert b"<stdin>:1: " in done.stderr
    assert (tmp_path / "page.txt").exists() == (done.returncode == 0)


def test_its_end_is_told_whoever_causes_it(tmp_path: Path):
    reading, writing = os.pipe()
    with (
        os.fdopen(reading, "rb") as pipe,
        os.fdopen(writing, "wb"),
        (tmp_path / "said").open("wb") as out,
    ):
        children = [
            forking.start(["analyze", "-"], (pipe, out, out), env=dict(os.environ)) for _ in "ab"
        ]
        assert [child.poll() for child in children] == [None, None]
        assert {os.getpgid(child.pid) for child in children} == {one.pid for one in children}
        children[0].kill()
        children[1].send_signal(signal.SIGTERM)
        assert children[0].wait(1) == children[0].poll() == -signal.SIGKILL
        assert children[1].wait(60) in (-signal.SIGTERM, 128 + signal.SIGTERM)
        children[1].kill()

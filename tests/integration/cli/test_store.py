"""`--store`: the same and overlapping files add nothing twice, and the numbers agree."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.support import children
from tests.support.command import OVERHEAL, run, says
from tests.support.events import at, document

COUNT = """
import json, sys
from pathlib import Path
from overheal.store import open_store
with open_store(Path(sys.argv[1])) as store:
    counts = store.counts()
    hours = [[row.service, row.hour, row.recoveries] for row in store.hourly()]
    print(json.dumps({"events": counts.events, "recoveries": counts.recoveries,
                      "dead": counts.dead_letters, "findings": counts.findings, "hours": hours}))
"""


def lines(first: int, last: int) -> bytes:
    return b"".join(
        json.dumps(document(f"e{number}", at(number * 7))).encode() + b"\n"
        for number in range(first, last)
    )


def kept(store: Path) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", COUNT, str(store)], capture_output=True, check=True, text=True
    )
    return json.loads(done.stdout)


def analyze(store: Path, data: bytes) -> dict[str, object]:
    done = run("analyze", "-", "--store", store, "--output", "json", stdin=data)
    assert done.returncode == 0, says(done)
    return json.loads(done.stdout)


def test_the_same_and_an_overlapping_file_add_nothing_twice(tmp_path: Path):
    store = tmp_path / "store"
    first = analyze(store, lines(0, 30) + b"broken\n")
    assert (first["totals"]["stored"], first["totals"]["dead_letters"]) == (30, 1)
    again = analyze(store, lines(0, 30))
    assert (again["totals"]["stored"], again["totals"]["duplicates"]) == (0, 30)
    more = analyze(store, lines(20, 50))
    assert (more["totals"]["stored"], more["totals"]["duplicates"]) == (20, 10)
    found = kept(store)
    assert (found["events"], found["recoveries"], found["dead"]) == (50, 50, 1)
    together = run("analyze", "-", "--output", "json", stdin=lines(0, 50))
    expected = {item["id"] for item in json.loads(together.stdout)["findings"]}
    assert {item["id"] for item in more["findings"]} == expected


def test_hourly_recoveries_of_the_store_equal_what_was_counted(tmp_path: Path):
    data = lines(0, 40)
    report = analyze(tmp_path / "store", data + data)
    analyze(tmp_path / "store", data)
    hours = kept(tmp_path / "store")["hours"]
    assert sum(count for _, _, count in hours) == report["services"][0]["recoveries"] == 40
    assert len(hours) == len({(service, hour) for service, hour, _ in hours}) == 5


def test_the_demo_recording_is_kept_once(tmp_path: Path):
    from overheal.recording import FILES, RECORDED_UNTIL

    arguments = ["analyze", *FILES, "--now", RECORDED_UNTIL, "--store", tmp_path / "s"]
    first, second = (
        json.loads(run(*arguments, "--output", "json").stdout)["totals"] for _ in range(2)
    )
    assert first["stored"] == first["received"] == second["duplicates"]
    assert second["stored"] == 0
    assert kept(tmp_path / "s")["recoveries"] == first["recoveries"] == 295


def test_a_locked_store_says_who_holds_it(tmp_path: Path):
    store = tmp_path / "store"
    holder = subprocess.Popen(
        [OVERHEAL, "analyze", "-", "--store", str(store)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    owner = store / "overheal.owner"
    try:
        children.until(
            lambda: owner.exists() and f'"pid": {holder.pid}' in owner.read_text(),
            "its owner",
        )
        done = run("analyze", "-", "--store", store, stdin=lines(0, 2))
        assert done.returncode == 1
        assert str(holder.pid) in says(done)
    finally:
        holder.communicate(lines(0, 2))


def test_a_store_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("")
    done = run("analyze", "-", "--store", tmp_path / "file", stdin=lines(0, 2))
    assert done.returncode == 1
    assert str(tmp_path / "file") in says(done)

"""`overheal backtest` and `overheal label`, as somebody uses them who wants fewer pages."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from overheal.recording import FILES
from tests.support import command
from tests.support.command import ROOT, Done
from tests.support.command import here as run
from tests.support.events import at, document

QUIETER = "[detectors.recovery_frequency]\nper_hour = 6\ncritical_per_hour = 20\n"


def says(done: Done) -> str:
    """Return what was said on standard error, on one line and without its frame."""
    return " ".join(done.stderr.decode().replace("│", " ").split())


def storm(folder: Path, *, hours: int = 3, each: int = 12) -> Path:
    """Write restarts of two services, `each` of one in every fourth hour, 6 of the other."""
    lines = []
    for hour in range(hours):
        for number in range(each):
            for service, many in (("checkout", each), ("cart", 6)):
                if number < many:
                    moment = at(hours=4 * hour, minutes=4 * number)
                    event = document(f"{service}-{hour}-{number}", moment, service=service)
                    lines.append(json.dumps(event))
    path = folder / "storm.jsonl"
    path.write_text("\n".join(lines))
    return path


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("storm")
    done = run("analyze", storm(folder), "--store", folder / "store")
    assert done.returncode == 0, says(done)
    return folder / "store"


def written(folder: Path, text: str, name: str = "new.toml") -> Path:
    (folder / name).write_text(text)
    return folder / name


def backtested(store: Path, *options: Any) -> dict[str, Any]:
    done = run("backtest", "--store", store, "--output", "json", *options)
    assert done.returncode == 0, says(done)
    return json.loads(done.stdout)


def test_pages_that_would_be_lost_are_told_with_the_setting_that_loses_them(kept, tmp_path):
    new = written(tmp_path, QUIETER)
    found = backtested(kept, "--config", new)
    schema = json.loads((ROOT / "schemas" / "backtest.v1.json").read_text())
    Draft202012Validator(schema).validate(found)
    assert [one["kind"] for one in found["pages"]] == ["lost"] * 3
    assert {one["service"] for one in found["pages"]} == {"checkout"}
    assert "critical_per_hour 20 instead of 10 (recoveries)" in found["pages"][0]["reason"]
    assert "before, 10 recoveries in an hour reach 10" in found["pages"][0]["reason"]
    lost = [one["service"] for one in found["findings"] if one["kind"] == "lost"]
    assert lost == ["cart"] * 3
    text = command.run("backtest", "--store", kept, "--config", new).stdout.decode()
    assert text.startswith("3 pages lost: 3 before, 0 after, of recovery_frequency.")
    assert "PAGES of recovery_frequency: 3 before" in text
    assert max(map(len, text.splitlines())) <= 80


def test_what_comes_later_says_from_when_to_when(kept, tmp_path):
    new = written(tmp_path, "[detectors.recovery_frequency]\ncritical_per_hour = 12\n")
    found = backtested(kept, "--config", new)
    assert {(one["kind"], one["seconds_later"]) for one in found["pages"]} == {("later", 480.0)}
    back = backtested(kept, "--config", written(tmp_path, "", "none.toml"), "--against", new)
    assert {(one["kind"], one["seconds_later"]) for one in back["pages"]} == {("earlier", -480.0)}


def test_the_page_tells_the_same_and_fetches_nothing(kept, tmp_path):
    config = written(tmp_path, QUIETER)
    told = backtested(kept, "--config", config)
    done = run("backtest", "--store", kept, "--config", config, "-o", "html")
    assert done.returncode == 0, says(done)
    page = done.stdout.decode()
    for one in [*told["pages"], *told["findings"]]:
        assert one["reason"] in html.unescape(page)
        assert (one["after"] or one["before"])["id"] in page
    assert "recovery_frequency.per_hour</td><td>every service</td><td>3</td><td>6</td>" in page
    assert page.count('class="picture"') == 2
    assert not re.search(r"(?:src|href)=\"(?!#)|<script|@import|url\(", page)
    done = run("backtest", "--store", kept, "--suggest", "-o", "html")
    assert done.returncode == 0, says(done)
    assert "so nothing can be said" in done.stdout.decode()


def test_settings_that_are_the_same_are_an_error_that_says_so(kept, tmp_path):
    done = run("backtest", "--store", kept, "--config", written(tmp_path, ""))
    assert done.returncode == 1
    assert "nothing differs from the defaults" in says(done)


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (
            ["--since", "2026-03-05T00:00:00Z", "--until", "2026-03-04T00:00:00Z"],
            2,
            "is not before",
        ),
        (["--since", "2026-04-05T00:00:00Z"], 1, "the store holds some from 2026-03-02 02:00:00"),
        (["--since", "yesterday"], 2, "neither a time"),
        (["--against", "missing.toml"], 1, "missing.toml"),
        (["--processes", "-1"], 2, "processes"),
    ],
)
def test_what_cannot_be_replayed_is_refused_in_a_sentence(kept, tmp_path, options, code, words):
    done = run("backtest", "--store", kept, "--config", written(tmp_path, QUIETER), *options)
    assert done.returncode == code
    assert words in says(done)


def test_unknown_keys_and_missing_files_are_named(kept, tmp_path):
    wrong = written(tmp_path, "[detectors.recovery_frequency]\nper_hours = 6\n")
    done = run("backtest", "--store", kept, "--config", wrong)
    assert done.returncode == 1
    assert "did you mean 'per_hour'" in says(done)
    assert run("backtest", "--store", kept).returncode == 2
    new = written(tmp_path, QUIETER)
    assert "does not exist" in says(run("backtest", "--store", tmp_path / "no", "--config", new))


def test_labels_weigh_both_sides(kept, tmp_path):
    listed = run("findings", "list", "--store", kept, "--tier", "critical", "--output", "json")
    ids = [one["id"] for one in json.loads(listed.stdout)]
    for finding, verdict in zip(ids, ("useful", "noise", "noise"), strict=True):
        assert run("label", finding, verdict, "--store", kept).returncode == 0
    missed = ("label", "missed", "--service", "cart", "--at", at(minutes=20), "--store", kept)
    assert run(*missed).returncode == 0
    assert run(*missed).returncode == 0, "the same again is the same label"
    rows = json.loads(run("label", "list", "--store", kept, "--output", "json").stdout)
    assert [row["verdict"] for row in rows] == ["useful", "noise", "noise", "missed"]
    louder = written(tmp_path, "[detectors.recovery_frequency]\ncritical_per_hour = 5\n")
    labels = backtested(kept, "--config", louder)["labels"]
    assert labels["before"] == {
        "labelled_pages": 3,
        "useful": 1,
        "noise": 2,
        "precision": pytest.approx(1 / 3),
        "missed_caught": 0,
    }
    assert labels["after"]["missed_caught"] == 1
    quieter = backtested(kept, "--config", written(tmp_path, QUIETER))["labels"]
    assert quieter["after"]["precision"] is None
    gone = run("label", "remove", rows[-1]["id"][:12], "--store", kept)
    assert gone.returncode == 0, says(gone)
    assert len(run("label", "list", "--store", kept).stdout.splitlines()) == 4
    thin = json.loads(run("backtest", "--suggest", "--store", kept, "-o", "json").stdout)
    assert thin["suggestions"][0]["too_thin"].startswith("1 useful and 2 noise pages")


def test_labels_of_what_nobody_knows_name_the_nearest(kept):
    for arguments, code, words in (
        (["recovery_frequncy-12", "useful"], 1, "did you mean recovery_frequency-"),
        (["missed", "--service", "chekout", "--at", at()], 1, "did you mean 'checkout'"),
        (["missed", "--service", "cart", "--at", "2020-01-01T00:00:00Z"], 2, "no event is stored"),
        (["remove", "missed-1"], 1, "no label is called"),
        (["recovery_frequency", "great"], 2, "great"),
    ):
        done = run("label", *arguments, "--store", kept)
        assert done.returncode == code, arguments
        assert words in says(done)


def test_the_recording_is_judged_otherwise_where_a_setting_is_other(tmp_path):
    done = run("analyze", *FILES, "--store", tmp_path / "store")
    assert done.returncode == 0, says(done)
    new = written(tmp_path, "[detectors.masked_degradation]\ncritical_burst_error = 0.0001\n")
    found = backtested(tmp_path / "store", "--config", new)
    assert [one["kind"] for one in found["pages"]] == ["later"]
    assert (
        "critical_burst_error 0.0001 instead of 0.0006 (probability)" in found["pages"][0]["reason"]
    )

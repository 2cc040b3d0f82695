"""`overheal report weekly` and `overheal ack`, as an owner and whoever mails the report use them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from overheal.recording import FILES
from tests.support.command import here, says
from tests.support.migrated import migrated_folder

WEEK = ("--week", "2026-W47")
MONDAY = ("--now", "2026-11-23T06:00:00Z")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = migrated_folder(tmp_path_factory.mktemp("weekly"))
    done = here("analyze", *FILES, "--store", folder)
    assert done.returncode == 0, says(done)
    return folder


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("catalog") / "catalog.toml"
    path.write_text('[services.ledger]\nowner = "payments"\n')
    return path


def weekly(store: Path, *options: str | Path) -> dict:
    done = here("report", "weekly", "--store", store, "--output", "json", *options)
    assert done.returncode == 0, says(done)
    return json.loads(done.stdout)


def test_a_week_is_told_asked_about_and_answered(store: Path, catalog: Path):
    report = weekly(store, *WEEK, *MONDAY, "--catalog", catalog)
    ledger = report["top_services"][0]
    assert (ledger["service"], ledger["owner"]) == ("shop/ledger", "payments")
    assert ledger["explains"][0]["detector"] == "masked_degradation"
    question = ledger["follow_up"]
    assert (question["state"], question["due_at"]) == ("asked", "2026-11-28T06:00:00Z")

    late = weekly(store, "--week", "2026-W48", "--now", "2026-11-30T06:00:00Z")
    assert late["empty"]
    assert [one["overdue_days"] for one in late["overdue"]] == [2, 2, 2]

    silent = here("ack", question["id"], "--by", "ada", "--store", store)
    assert silent.returncode == 1
    assert "--found" in says(silent)
    told = ("--by", "ada", "--found", "a leak in the importer", "--store", store)
    for words in ("it is about shop/ledger in 2026-W47", "nothing is new"):
        done = here("ack", question["id"][:-2], *told, "--now", "2026-11-24T09:00:00Z")
        assert done.returncode == 0, says(done)
        assert words in done.stdout.decode()

    again = weekly(store, *WEEK, *MONDAY)["top_services"][0]["follow_up"]
    assert again["state"] == "answered"
    assert again["acknowledged"]["found"] == "a leak in the importer"
    assert again["owner"] == "payments"
    rest = weekly(store, "--week", "2026-W48", "--now", "2026-11-30T06:00:00Z")["overdue"]
    assert [one["service"] for one in rest] == ["shop/checkout", "shop/search"]


def test_a_finding_can_be_acknowledged_without_words(store: Path):
    done = here("ack", "agent_conflict", "--by", "ada", "--store", store, "--output", "json")
    assert done.returncode == 0, says(done)
    given = json.loads(done.stdout)
    assert (given["kind"], given["found"], given["new"]) == ("finding", "", True)
    (fight,) = [one for one in weekly(store, *WEEK)["conflicts"] if one["acknowledged"]]
    assert fight["acknowledged"]["by"] == "ada"


@pytest.mark.parametrize(
    ("ident", "words"),
    [
        ("masked_degradatoin", "did you mean masked_degradation-"),
        ("zzz", "`overheal findings list`"),
        ("", "`overheal findings list`"),
    ],
)
def test_a_wrong_id_names_the_nearest(store: Path, ident: str, words: str):
    done = here("ack", ident, "--by", "ada", "--store", store)
    assert done.returncode == 1
    assert words in says(done)


def test_the_page_and_the_mail_are_written_where_they_are_wanted(store: Path, tmp_path: Path):
    for name in ("html", "eml"):
        out = tmp_path / f"week.{name}"
        done = here(
            "report", "weekly", "--store", store, *WEEK, "-o", name, "--out", out, "--no-ask"
        )
        assert done.returncode == 0, says(done)
        assert done.stdout == b""
        assert out.stat().st_size > 10_000


def test_a_week_without_data_is_no_error(store: Path):
    done = here("report", "weekly", "--store", store, "--week", "2026-W30")
    assert done.returncode == 0, says(done)
    text = " ".join(done.stdout.decode().split())
    assert "no event of it is stored" in text
    assert "--week 2026-W47" in text


def test_an_empty_store_is_no_error(tmp_path: Path):
    done = here("report", "weekly", "--store", tmp_path)
    assert done.returncode == 0, says(done)
    assert "holds no events" in done.stdout.decode().replace("\n", " ")


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--week", "2026-W60"), 2, "no week 2026-W60"),
        (("--since", "2026-11-20", "--until", "2026-11-19"), 2, "is not before"),
        (("--since", "2026-11-20", "--until", "2026-11-20"), 2, "is not before"),
        (("--output", "eml", "--mail-to", "nobody"), 2, "no address"),
        (("--catalog", "/nowhere/catalog.toml"), 1, "cannot be read"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(store: Path, options, code: int, words: str):
    done = here("report", "weekly", "--store", store, *options)
    assert done.returncode == code
    assert words in says(done)

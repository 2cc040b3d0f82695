"""`overheal sql`, and the page of questions whose answers are the real ones."""

from __future__ import annotations

import csv
import io
import json
import re
import signal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.support import asked, children
from tests.support.command import OVERHEAL, here, run, says


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("asked") / "store"
    asked.filled(folder).close()
    return folder


def test_the_page_of_questions_shows_the_answers(folder: Path):
    text = asked.PAGE.read_text(encoding="utf-8")
    with asked.open_store(folder) as store:
        assert asked.answered(text, store) == text, "python -m tests.support.asked writes it anew"


def test_there_are_twenty_questions_and_each_has_an_answer():
    text = asked.PAGE.read_text(encoding="utf-8")
    blocks = list(asked.BLOCK.finditer(text))
    assert (
        len(blocks)
        == text.count("```sql")
        == len(re.findall(r"^## \d+\.", text, re.MULTILINE))
        >= 20
    )
    for block in blocks:
        assert block["answer"].count("\n") >= 3, block["sql"]


def test_csv_is_what_is_stored_and_the_help_says_what_a_spreadsheet_makes_of_it(folder: Path):
    sql = """SELECT '=1+2' AS a, '-3, "x"' AS b"""
    table = here("sql", sql, "--store", folder, "--output", "csv").stdout.decode()
    assert list(csv.reader(io.StringIO(table))) == [["a", "b"], ["=1+2", '-3, "x"']]
    assert "spreadsheet" in here("sql", "--help").stdout.decode()


def test_an_answer_is_a_table_csv_json_or_parquet(folder: Path, tmp_path: Path):
    sql = "SELECT service, sum(recoveries) AS n FROM episodes GROUP BY service ORDER BY n DESC"
    text = run("sql", sql, "--store", folder).stdout.decode()
    assert text.splitlines()[2].split() == ["shop/ledger", "293"]
    table = run("sql", sql, "--store", folder, "--output", "csv").stdout.decode()
    assert table.splitlines()[:2] == ["service,n", "shop/ledger,293"]
    document = json.loads(run("sql", sql, "--store", folder, "-o", "json").stdout)
    assert document["rows"][0] == {"service": "shop/ledger", "n": 293}
    assert document["more"] is False
    out = tmp_path / "answer.parquet"
    done = run("sql", sql, "--store", folder, "-o", "parquet", "--out", out)
    assert done.returncode == 0, says(done)
    assert pq.read_table(out)["n"][0].as_py() == 293


def test_a_question_may_come_from_standard_input_and_tables_are_listed(folder: Path):
    done = run("sql", "-", "--store", folder, stdin=b"SELECT 1 AS one")
    assert done.stdout.decode().split() == ["one", "───", "1"]
    listed = run("sql", "--tables", "--store", folder).stdout.decode()
    assert "findings_current" in listed
    assert "action_events" in listed


def test_what_is_cut_off_is_said(folder: Path):
    done = run("sql", "SELECT id FROM action_events", "--rows", "3", "--store", folder)
    assert len(done.stdout.splitlines()) == 5
    assert "cut off after 3 rows" in says(done)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["SELECT nothing FROM findings"], 1, "SQL, line 1, column 8: Unknown expression"),
        (["DROP TABLE findings"], 1, "this only reads: DROP is not allowed"),
        (["SELECT * FROM file('/etc/passwd')"], 1, "the table function file is not allowed"),
        ([], 2, "write one SELECT"),
        (["SELECT 1", "--tables"], 2, "write one SELECT"),
        (["SELECT 1", "--rows", "0"], 2, "--rows"),
        (["SELECT 1", "--out", "/no/such/folder/x"], 1, "cannot be written"),
    ],
)
def test_a_wrong_question_is_one_sentence(folder: Path, words: list[str], code: int, told: str):
    done = run("sql", *words, "--store", folder)
    assert done.returncode == code
    assert told in says(done)


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path):
    done = run("sql", "SELECT 1", "--store", tmp_path / "none")
    assert done.returncode == 1
    assert "does not exist" in says(done)
    assert not (tmp_path / "none").exists()
    assert "no store is named" in says(run("sql", "SELECT 1"))


def test_control_c_stops_the_question(folder: Path):
    sql = "SELECT sum(sipHash64(number)) FROM numbers(1000000000000)"
    child = children.start([OVERHEAL, "sql", sql, "--store", folder, "--timeout", "3600"])
    owner = folder / "overheal.owner"
    try:
        children.until(
            lambda: f'"pid": {child.pid}' in owner.read_text() and busy(child.pid),
            "it runs",
        )
        child.send_signal(signal.SIGINT)
        assert child.wait(60) == 130
    finally:
        children.kill(child)


def busy(pid: int) -> bool:
    """Whether a process has used four seconds of processor time: by then the question runs."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12]) > 400

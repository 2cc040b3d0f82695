"""docs/store.md is true: its questions have answers, its tables are all there."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from overheal.model import DeadLetter
from overheal.store import IngestRange
from tests.integration.store.made import START, counted, event, observation
from tests.integration.store.test_records import FINDING

TEXT = (Path(__file__).parents[3] / "docs" / "store.md").read_text(encoding="utf-8")
QUESTIONS = re.findall(r"([^\n]+):\n\n```sql\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize(("question", "sql"), QUESTIONS, ids=[q for q, _ in QUESTIONS])
def test_a_question_has_an_answer(store, question, sql):
    document = b'{"data":{"trigger":{"source":"kubelet"}}}'
    events = [event(n, document=document) for n in range(3)] + [observation(4), observation(5)]
    store.write_events(counted(events))
    store.write_findings([msgspec.structs.replace(FINDING, evidence={"recoveries": 4})])
    store.write_dead_letters([DeadLetter("f", 1, "not_json", "not JSON", b"{")], START)
    store.write_range(
        IngestRange(origin="f", epoch="1", first=1, last=6, received=6, stored=5, dead_letters=1)
    )
    rows = store._engine.rows(sql)
    assert rows
    if "missing" in sql:
        assert [row[-1] for row in rows] == [0]


def test_every_block_of_sql_is_tried():
    assert len(QUESTIONS) == TEXT.count("```sql")


def test_every_table_and_view_is_described(store):
    names = store._engine.rows("SELECT name FROM system.tables WHERE database = currentDatabase()")
    assert {name for (name,) in names} <= set(re.findall(r"`(\w+)`", TEXT))


def test_every_column_beside_the_fields_is_described(store):
    rows = store._engine.rows(
        "SELECT name FROM system.columns WHERE database = currentDatabase()"
        " AND table = 'action_events' AND (name LIKE '\\_%' OR name LIKE '%counted%'"
        " OR default_kind != '')"
    )
    assert {name for (name,) in rows} <= set(re.findall(r"`(\w+)`", TEXT))

"""The SQL files keep their conventions."""

from __future__ import annotations

from importlib.resources import files

import pytest

from overheal.model import Event
from overheal.store.sql import migrations, query, statements

QUERIES = sorted(
    file.name.removesuffix(".sql") for file in (files("overheal.store") / "queries").iterdir()
)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_says_what_it_is_for(name):
    assert query(name).startswith("-- purpose: ")


def test_migrations_are_numbered_without_gaps():
    versions = [migration.version for migration in migrations()]
    assert versions == list(range(1, len(versions) + 1))


@pytest.mark.parametrize("migration", migrations(), ids=lambda migration: migration.name)
def test_a_statement_of_a_migration_can_be_run_again(migration):
    assert migration.statements
    for statement in migration.statements:
        assert "IF NOT EXISTS" in statement or statement.startswith(
            ("CREATE OR REPLACE VIEW", "DROP TABLE IF EXISTS")
        )


def test_no_table_of_an_embedded_store_forgets():
    for migration in migrations():
        for statement in migration.statements:
            assert "TTL" not in statement


def test_every_table_that_is_written_remembers_tokens():
    for migration in migrations():
        for statement in migration.statements:
            if "MergeTree" in statement:
                assert "non_replicated_deduplication_window = 10000" in statement


def test_history_reads_the_fields_of_an_event_in_their_order():
    text = query("history")
    selected = text[text.index("SELECT\n") + 7 : text.index("\nFROM")].split(",\n")
    names = [line.strip().split("(")[-1].split(")")[0] for line in selected]
    place = names.index("target_kind")
    names[place : place + 5] = ["target"]
    names[names.index("declared_scope")] = "scope"
    assert tuple(names) == Event.__struct_fields__


def test_comments_and_blank_statements_are_not_run():
    assert statements("-- a;\n\nSELECT 1;\n-- b\n;\n") == ("SELECT 1",)

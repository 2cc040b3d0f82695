"""The SQL files keep their conventions."""

from __future__ import annotations

from importlib.resources import files

import pytest

from overheal.model import Event
from overheal.store.rows import StoredEvent
from overheal.store.sql import filled, listed, migrations, query, quoted, statements

QUERIES = sorted(
    file.name.removesuffix(".sql") for file in (files("overheal.store") / "queries").iterdir()
)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_says_what_it_is_for(name):
    assert query(name).startswith("-- purpose: ")


def test_migrations_are_numbered_without_gaps():
    versions = [migration.version for migration in migrations()]
    assert versions == list(range(1, len(versions) + 1))


REPEATABLE = (
    *(" DELETE WHERE ", " MODIFY QUERY ", " MODIFY SETTING ", " MATERIALIZE PROJECTION "),
    " DROP COLUMN IF EXISTS ",
)


@pytest.mark.parametrize("migration", migrations(), ids=lambda migration: migration.name)
def test_a_statement_of_a_migration_can_be_run_again(migration):
    assert migration.statements
    for statement in migration.statements:
        assert (
            "IF NOT EXISTS" in statement
            or statement.startswith(
                (
                    "CREATE OR REPLACE VIEW",
                    "DROP TABLE IF EXISTS",
                    "DROP VIEW IF EXISTS",
                    "INSERT INTO",
                )
            )
            or (
                statement.startswith("ALTER TABLE")
                and any(word in statement for word in REPEATABLE)
            )
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


@pytest.mark.parametrize("name", ["history", "stored_after"])
def test_events_are_read_by_their_fields_in_order(name):
    text = query(name)
    selected = text[text.index("SELECT\n") + 7 : text.index("\nFROM")].split(",\n")
    names = [line.strip().split("(")[-1].split(")")[0] for line in selected]
    place = names.index("target_kind")
    names[place : place + 5] = ["target"]
    names[names.index("declared_scope")] = "scope"
    assert tuple(names[: len(Event.__struct_fields__)]) == Event.__struct_fields__
    rest = [
        item.split(" AS ")[0].removeprefix("_") for item in names[len(Event.__struct_fields__) :]
    ]
    told = [field for field in StoredEvent.__struct_fields__[1:] if field != "trace"]
    expected = told if name == "stored_after" else []
    assert rest == expected


def test_a_list_takes_its_place_in_a_query_and_nothing_else_does():
    assert "scope IN ['a','b']" in filled("homes", scopes=listed(map(quoted, "ab")))
    with pytest.raises(LookupError, match="no place"):
        filled("homes", topics="[]")


@pytest.mark.parametrize(
    ("text", "literal"),
    [("a", "'a'"), ("it's", "'it\\'s'"), ("\\", "'\\\\'"), ("\0", "'\\0'"), ("\ud800", "'?'")],
)
def test_a_string_is_quoted(text, literal):
    assert quoted(text) == literal


def test_comments_and_blank_statements_are_not_run():
    assert statements("-- a;\n\nSELECT 1;\n-- b\n;\n") == ("SELECT 1",)

"""The pages on the schema and on redaction say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from overheal.contract import schema
from overheal.contract.redaction import Redactor
from overheal.contract.reference import reference
from overheal.contract.secrets import WORD_CORES, WORDS, broken_rules, context_rules, vendor_rules

DOCS = Path(__file__).parents[3] / "docs"
REDACTION = (DOCS / "redaction.md").read_text()


def test_the_page_on_the_schema_is_as_the_definition_would_write_it():
    assert (DOCS / "schema.md").read_text() == reference(), "run make schemas"


def test_every_field_has_a_meaning():
    page = reference()
    for model in (schema.Envelope, schema.ActionEvent, schema.Observation, schema.Occurrences):
        for name, field in model.model_fields.items():
            assert field.description, name
            assert f"| `{name}` |" in page


def test_every_link_on_the_page_leads_to_a_heading():
    page = reference()
    headings = {
        line[3:].lower().replace(" ", "-") for line in page.splitlines() if line[:3] == "## "
    }
    assert set(re.findall(r"\(#([a-z-]+)\)", page)) <= headings


def test_every_rule_is_documented():
    rules = [*vendor_rules(), *context_rules(WORDS, WORD_CORES, compact=True)]
    rules += broken_rules(WORDS, WORD_CORES)
    table = REDACTION.split("## Text")[1].split("## Bytes")[0]
    for name in {rule.name for rule in rules} | {"custom"}:
        assert f"`{name}`" in table


NAMED = re.findall(r"`(\w+)`", REDACTION.split("| names | |")[1].split("A plural")[0])
HARMLESS = re.findall(r"`(\w+)`", REDACTION.split("no secrets:")[1].split("`null`")[0])


@pytest.mark.parametrize("name", NAMED)
def test_a_field_documented_as_secret_is_one(name):
    assert len(NAMED) > 20
    assert Redactor().is_secret_field(name)
    assert Redactor().is_secret_field(f"my_{name}")


@pytest.mark.parametrize("name", HARMLESS)
def test_a_field_documented_as_harmless_is_kept(name):
    assert len(HARMLESS) > 5
    assert not Redactor().is_secret_field(name)

"""What stands under `schemas/` is what the definition says, and other tools agree with it."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import get_args

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from overheal.contract import export, schema
from overheal.contract.decode import decode
from overheal.contract.exact import parse
from overheal.contract.json_schema import action_schema, observation_schema
from overheal.errors import RecordError
from overheal.report.schemas import document_schemas
from tests.unit.contract.documents import spoiled

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "schemas"
OTHERS = document_schemas()
EXAMPLES = sorted((SCHEMAS / "examples").glob("*/*.json"))
ACTIONS = Draft202012Validator(action_schema())
OBSERVATIONS = Draft202012Validator(observation_schema())


def test_the_files_are_as_the_definition_would_write_them():
    assert export.drift(SCHEMAS, OTHERS) == [], "run make schemas"


def test_writing_them_twice_writes_the_same(tmp_path):
    export.write(tmp_path, OTHERS)
    first = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    (tmp_path / "examples" / "actions" / "gone-finished.json").write_text("{}")
    export.write(tmp_path, OTHERS)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == first


def test_the_check_names_what_is_missing_changed_or_left_over(tmp_path, capsys):
    export.write(tmp_path)
    assert export.main(["--check", str(tmp_path)]) == 0
    (tmp_path / "observation.v1.json").unlink()
    (tmp_path / "asyncapi.yaml").write_text("")
    (tmp_path / "examples" / "note.txt").write_text("")
    assert export.main(["--check", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    for words in ("observation.v1.json is missing", "asyncapi.yaml differs", "note.txt belongs"):
        assert words in told
    assert export.main(["--chekc", str(tmp_path)]) == 2


def test_the_task_writes_the_report_schema_too(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["schemas.py", str(tmp_path)])
    with pytest.raises(SystemExit) as done:
        runpy.run_path(str(ROOT / "tools" / "schemas.py"), run_name="__main__")
    assert done.value.code == 0
    assert json.loads((tmp_path / "report.v1.json").read_text()) == OTHERS["report.v1.json"]


@pytest.mark.parametrize(
    "name", ["action-event", "observation", "report", "backtest", "suggestions"]
)
def test_each_schema_is_a_valid_schema(name):
    document = json.loads((SCHEMAS / f"{name}.v1.json").read_text())
    Draft202012Validator.check_schema(document)
    assert document["$id"] == f"urn:overheal:schema:{name}:1"


def test_there_is_an_example_for_every_type_in_every_phase_and_every_observation():
    wanted = {
        f"{kind}-{phase}"
        for kind in get_args(schema.ActionType)
        for phase in get_args(schema.Phase)
    }
    assert {path.stem for path in EXAMPLES if path.parent.name == "actions"} == wanted
    seen = {path.stem for path in EXAMPLES if path.parent.name == "observations"}
    assert seen == set(get_args(schema.ObservationKind))
    index = (SCHEMAS / "examples" / "README.md").read_text()
    for path in EXAMPLES:
        assert f"({path.parent.name}/{path.name})" in index


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_accepted_by_the_decoder_and_by_a_validator(path):
    raw = path.read_bytes()
    event = decode(raw)
    document = json.loads(raw)
    validator = ACTIONS if event.is_action else OBSERVATIONS
    assert list(validator.iter_errors(document)) == []
    assert json.loads(event.document) == document
    kind = path.stem.removesuffix(f"-{event.phase}") if event.is_action else path.stem
    assert event.type == kind


@pytest.mark.parametrize("path", EXAMPLES[::5], ids=lambda path: path.stem)
def test_a_validator_enforces_the_rules_across_fields(path):
    document = json.loads(path.read_bytes())
    data = document["data"]
    validator = ACTIONS if "action_id" in data else OBSERVATIONS
    without_owner = {**data, "service": None}
    without_owner.pop("scope", None)
    assert not validator.is_valid({**document, "data": without_owner})
    if data.get("phase") == "finished":
        for fact in ("actual", "duration_seconds"):
            less = {key: value for key, value in data.items() if key != fact}
            assert not validator.is_valid({**document, "data": less})
    assert not validator.is_valid({**document, "Unknown": 1})
    assert not validator.is_valid({**document, "data": {**data, "unknown": 1}})


def whole_number_as_float(value: object) -> bool:
    if isinstance(value, dict):
        return any(whole_number_as_float(inner) for inner in value.values())
    if isinstance(value, list):
        return any(whole_number_as_float(inner) for inner in value)
    return isinstance(value, float) and value.is_integer()


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(spoiled())
def test_decoder_and_validator_agree_on_cloudevents(raw):
    try:
        document = parse(raw)
    except RecordError:
        return
    if not isinstance(document, dict) or "specversion" not in document:
        return
    observed = document.get("type") == schema.OBSERVATION_TYPE
    valid = (OBSERVATIONS if observed else ACTIONS).is_valid(document)
    try:
        decode(raw)
    except RecordError as error:
        beyond_schemas = "time" in error.problem or whole_number_as_float(document)
        assert not valid or beyond_schemas, error
    else:
        newer = str(document.get("dataschema")).count(".") > 0
        other_spelling = document.get("dataschema") not in (
            None,
            schema.ACTION_SCHEMA,
            schema.OBSERVATION_SCHEMA,
        )
        assert valid or newer or other_spelling


def test_the_asyncapi_document_is_whole():
    document = yaml.safe_load((SCHEMAS / "asyncapi.yaml").read_text())
    assert document["asyncapi"] == "3.0.0"
    assert {channel["address"] for channel in document["channels"].values()} == {
        "overheal.actions.v1",
        "overheal.events.v1",
        "overheal.findings.v1",
        "overheal.dead-letters.v1",
    }
    for operation in document["operations"].values():
        assert operation["action"] in ("send", "receive")
        channel = operation["channel"]["$ref"]
        for message in operation["messages"]:
            assert message["$ref"].startswith(channel + "/messages/")
    references = list(found_references(document))
    assert len(references) > 20
    for reference in references:
        file, _, pointer = reference.partition("#")
        target = json.loads((SCHEMAS / file).read_text()) if file else document
        for step in pointer.split("/")[1:]:
            target = target[step]


def found_references(value: object):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref":
                yield inner
            else:
                yield from found_references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from found_references(inner)

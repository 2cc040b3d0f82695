"""`overheal dead-letters` on a real broker: seeing, repairing and replaying what was refused."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from overheal.cli.dead_letters import dead_letters_app
from overheal.contract.decode import decode
from overheal.errors import InputError
from overheal.run.letters import Listed, resolve
from tests.integration.kafka.running import Installation
from tests.support.children import until
from tests.support.events import at, document
from tests.support.servers import Kafka
from tests.support.topics import Topics

BROKEN = {key: value for key, value in document("broken", at()).items() if key != "time"}


class Desk:
    """The command, told where its configuration is."""

    def __init__(self, site: Installation, folder: Path) -> None:
        self.site = site
        self.folder = folder
        self._config = site.config(folder)

    def __call__(self, *arguments: str, fine: bool = True) -> Result:
        done = CliRunner().invoke(dead_letters_app, [*arguments, "--config", str(self._config)])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert (done.exit_code == 0) == fine, done.output
        return done

    def listed(self, *arguments: str) -> list[dict[str, Any]]:
        return json.loads(self("list", "--output", "json", *arguments).stdout)

    def refuse(self, *values: Any, letters: int, **options: Any) -> None:
        self.site.send(*values, **options)
        self.take(letters)

    def take(self, letters: int) -> None:
        with self.site.ingest():
            until(lambda: len(self.site.letters()) >= letters, f"{letters} dead letters")

    def editor(self, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
        script = self.folder / "editor.py"
        script.write_text(
            f"import sys, json\npath = sys.argv[1]\ntext = open(path).read()\n{program}\n"
        )
        monkeypatch.delenv("VISUAL", raising=False)
        monkeypatch.setenv("EDITOR", f"{sys.executable} {script}")


@pytest.fixture
def desk(kafka: Kafka, topics: Topics, tmp_path: Path) -> Desk:
    return Desk(Installation(kafka.bootstrap, topics), tmp_path)


def test_letters_are_listed_by_code_origin_and_time_without_what_they_hold(desk):
    desk.refuse(BROKEN, b"nonsense", letters=2)
    by_code = {one["code"]: one for one in desk.listed()}
    assert by_code.keys() == {"missing_field", "not_json"}
    assert by_code["missing_field"]["id"] == f"{desk.site.names.actions}/0/0/0"
    assert "payload" not in by_code["not_json"]
    assert [one["code"] for one in desk.listed("--code", "not_json")] == ["not_json"]
    assert len(desk.listed("--since", "1h", "--origin", desk.site.names.actions)) == 2
    assert desk.listed("--since", "2199-01-01T00:00:00Z") == []
    assert desk.listed("--origin", "other") == []
    text = desk("list").stdout
    assert "$.time: is missing" in text
    assert len(text.splitlines()) == 4


def test_a_letter_is_shown_whole_by_the_end_of_its_id(desk):
    desk.refuse(BROKEN, letters=1, headers={"x-team": b"pay\x1b[31m"}, key=b"the-key")
    shown = desk("show", "0/0").stdout
    for part in (
        "missing_field",
        "$.time: is missing",
        "partition 0, offset 0, item 0",
        "the-key",
        "x-team: pay",
    ):
        assert part in shown
    assert '"action_id"' in shown
    assert "\x1b" not in shown


def test_a_repaired_letter_is_replayed_and_its_event_counted_once(desk):
    desk.refuse([document("whole", at()), BROKEN], letters=1, key=b"the-key")
    letter_id = desk.listed()[0]["id"]
    assert letter_id.endswith("/0/0/1")
    fixed = desk.folder / "fixed.json"
    fixed.write_text(json.dumps({**BROKEN, "time": at()}))
    desk("replay", letter_id, "--file", str(fixed))
    (replayed,) = [one for one in desk.site.records(desk.site.names.actions) if one.headers]
    assert (replayed.key, replayed.headers["overheal-replay-of"].decode()) == (
        b"the-key",
        letter_id,
    )
    with desk.site.ingest():
        desk.site.wait_for(2)
    refused = desk("replay", letter_id, "--file", str(fixed), fine=False)
    assert "--again insists" in refused.stderr
    desk("replay", letter_id, "--file", str(fixed), "--again")
    with desk.site.ingest():
        ids = desk.site.wait_for(3)
    assert Counter(ids) == {"whole": 1, "broken": 2}
    events = {decode(one.value).key for one in desk.site.records(desk.site.names.events)}
    assert len(events) == 2
    assert desk.listed()[0]["replayed"] == 2
    assert "replayed 2x" in desk("list").stdout
    assert desk("show", letter_id).stdout.count("replayed:") == 2


def test_what_would_be_refused_again_is_not_sent(desk):
    desk.refuse(BROKEN, letters=1)
    done = desk("replay", "--code", "missing_field", fine=False)
    assert "it would be refused again: $.time: is missing" in done.stderr
    assert len(desk.site.records(desk.site.names.actions)) == 1
    desk("replay", "--code", "missing_field", "--force")
    assert len(desk.site.records(desk.site.names.actions)) == 2


def test_a_letter_can_be_repaired_in_the_editor(desk, monkeypatch):
    desk.refuse(BROKEN, letters=1)
    desk.editor(
        monkeypatch,
        f"d = json.loads(text); d['time'] = {at()!r}\nopen(path, 'w').write(json.dumps(d))",
    )
    desk("replay", "0/0", "--edit")
    with desk.site.ingest():
        assert desk.site.wait_for(1) == ["broken"]


def test_an_editor_that_fails_sends_nothing(desk, monkeypatch):
    desk.refuse(BROKEN, letters=1)
    desk.editor(monkeypatch, "sys.exit(3)")
    with pytest.raises(Exception, match="ended with 3: nothing was sent"):
        desk("replay", "0/0", "--edit")
    assert len(desk.site.records(desk.site.names.actions)) == 1


def test_a_bad_header_can_be_repaired_and_the_others_go_along(desk):
    whole = document("binary", at())
    headers = {f"ce_{key}": str(value).encode() for key, value in whole.items() if key != "data"}
    desk.refuse(whole["data"], letters=1, headers={**headers, "ce_id": b"\xff", "x": b"kept"})
    desk("replay", "0/0", "--header", "ce_id=binary")
    assert desk.site.records(desk.site.names.actions)[1].headers["x"] == b"kept"
    with desk.site.ingest():
        assert desk.site.wait_for(1) == ["binary"]


def test_a_mark_in_place_of_a_secret_is_told_before_it_is_sent(desk):
    condition = {"kind": "failure", "condition": "token sk_live_abcdefgh12345678 expired"}
    desk.refuse({**BROKEN, "data": {**BROKEN["data"], "trigger": condition}}, letters=1)
    done = desk("replay", "0/0", "--force")
    assert "a secret was cut out; the mark is sent in its place" in done.stderr
    assert b"[redacted:" in desk.site.records(desk.site.names.actions)[1].value


def test_a_cut_letter_needs_the_whole_record(desk):
    desk.refuse(b"{" + b" " * 985_000 + b"}", letters=1)
    done = desk("replay", "0/0", "--force", fine=False)
    assert "only its beginning was kept; --file gives the whole record" in done.stderr


def test_an_id_that_fits_several_letters_or_none_is_refused_with_their_names(desk):
    desk.refuse(b"x", letters=1, partition=0)
    desk.refuse(b"x", letters=2, partition=1)
    with pytest.raises(InputError, match=r"fits several dead letters: .*/0/0/0, .*/1/0/0"):
        desk("show", "0")
    with pytest.raises(InputError, match="no dead letter has the id '7/7'"):
        desk("show", "7/7")


def test_the_end_of_an_id_counts_by_its_parts():
    listed = [
        Listed(f"a.v1/{place}", "a.v1", "c", "r", "t", 0, (0, 0))
        for place in ("3/104/0", "3/104/1", "13/104/0")
    ]
    assert resolve(listed, "a.v1/3/104").id == "a.v1/3/104/0"
    assert resolve(listed, "3/104/1").id == "a.v1/3/104/1"
    assert resolve(listed, "13/104").id == "a.v1/13/104/0"
    with pytest.raises(InputError, match="no dead letter"):
        resolve(listed, "04/1")

"""`overheal causal` and `overheal map` as people use them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from tests.support.command import here, says
from tests.support.events import at, document

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("causal")
    switch = {
        "action_id": "switch",
        "service": "shop/db",
        "agent": {"name": "db-operator", "kind": "platform"},
        "action": {"type": "failover"},
        "target": {"kind": "Deployment", "name": "db", "field": "primary"},
        "before": {"primary": "db-0"},
        "after": {"primary": "db-1"},
    }
    caused = {"causality": {"caused_by": ["e1"]}, "action_id": "api-restart"}
    web = {"causality": {"caused_by": ["api-restart", "<b>lost</b>"]}, "action_id": "web-restart"}
    events = [
        document("e1", at(0), **switch),
        document("e2", at(1), service="shop/api", **caused),
        document("e3", at(2), service="shop/web", **web),
    ]
    written = folder / "events.jsonl"
    written.write_text("\n".join(map(json.dumps, events)))
    done = here("analyze", written, "--store", folder / "store")
    assert done.returncode == 0, says(done)
    return folder / "store"


def test_a_tree_is_told_from_its_root_down_with_its_gaps(store: Path):
    done = here("causal", "api-", "--store", store)
    text = done.stdout.decode()
    assert done.returncode == 0, says(done)
    assert text.startswith("api-restart: 1 led to it (root switch), it led to 1\n")
    assert "◀ asked" in text
    assert "no event between 2026-03-02 02:00:00 UTC and 2026-03-02 02:01:00 UTC" in text
    assert text == here("causal", "e2", "--store", store).stdout.decode()


def test_the_document_follows_its_schema(store: Path):
    done = here("causal", "web-restart", "--store", store, "--output", "json")
    schema = json.loads((ROOT / "schemas" / "causal.v1.json").read_text())
    found = json.loads(done.stdout)
    jsonschema.validate(found, schema)
    assert found["roots"] == ["<b>lost</b>", "switch"]
    assert [node["id"] for node in found["nodes"] if not node["seen"]] == ["<b>lost</b>"]


def test_the_map_for_a_browser_fetches_nothing_and_runs_nothing(store: Path, tmp_path: Path):
    for words in (("causal", "web-restart"), ("map", "--since", "2026-01-01")):
        out = tmp_path / "page.html"
        done = here(*words, "--store", store, "--output", "html", "--out", out)
        assert done.returncode == 0, says(done)
        page = out.read_text()
        assert "db-operator" in page
        assert "<script" not in page
        assert "<b>lost" not in page
        assert "http" not in page.replace("http-equiv", "")


def test_graphviz_can_read_it(store: Path):
    text = here("causal", "e1", "--store", store, "--output", "dot").stdout.decode()
    assert text.startswith("digraph causes {")
    assert '"switch" -> "api-restart";' in text


def test_questions_are_answered_as_json(store: Path):
    words = ("last-writer", "db", "primary", "--output", "json", "--store", store)
    [row] = json.loads(here("causal", *words).stdout)
    assert (row["agent"], row["new"]) == ("db-operator", '"db-1"')
    earlier = here("causal", "last-writer", "db", "primary", "--at", at(-1), "--store", store)
    assert earlier.stdout.decode() == "nobody is known to have written primary of db until then\n"
    before = here("causal", "before", "shop/db", "--at", at(3), "--store", store)
    assert "failover" in before.stdout.decode()


def test_the_map_can_be_compared(store: Path):
    words = ("map", "shop", "--store", store, "--since", "2026-01-01", "--output", "json")
    first, again = (here(*words, "--no-counts").stdout for _ in range(2))
    assert first == again
    found = json.loads(first)
    assert [one["agent"] for one in found["writes"]] == ["db-operator"]
    assert "last_at" not in found["writes"][0]
    assert "last_at" in json.loads(here(*words).stdout)["writes"][0]


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["causal", "web-restrat"], 1, "web-restart"),
        (["causal", ""], 1, "no event, action or finding is called ''"),
        (["causal", "e"], 1, "e is the beginning of several ids: e1, e2, e3"),
        (["causal", "e1", "--server", "http://127.0.0.1:9/x"], 1, "exclude each other"),
        (["causal", "before", "shop/dv"], 1, "did you mean 'shop/db'?"),
        (["causal", "pages", "--service", "nobody"], 1, "no service is called 'nobody'"),
        (["causal", "values", "bd", "primary"], 1, "primary of db"),
        (["map", "nowhere"], 1, "no scope or service is called 'nowhere'"),
        (["map", "shpo"], 1, "did you mean 'shop'?"),
        (["map", "bd"], 1, "no scope or service is called 'bd'; leave it out to see them all"),
        (["causal", "before", "shop/db", "--within", "soon"], 2, "'soon' is no span"),
        (["causal", "overrode", "--since", "1h", "--until", "2h"], 2, "is not before"),
        (["causal", "last-writer", "db", "primary", "--at", "noon"], 2, "'noon' is neither"),
    ],
)
def test_what_cannot_be_asked_is_said_in_a_sentence(store: Path, words, code, sentence):
    done = here(*words, "--store", store)
    assert done.returncode == code
    assert sentence in " ".join(says(done).replace("│", " ").split())


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path):
    done = here("causal", "e1", "--store", tmp_path / "none")
    assert done.returncode == 1
    assert "does not exist" in says(done)
    assert not (tmp_path / "none").exists()


def test_a_finding_is_explained_itself(tmp_path: Path):
    events = [document(f"r{n}", at(n), action_id=f"a{n}") for n in range(5)]
    events[1]["data"]["causality"] = {"caused_by": ["deploy-7"]}
    written = tmp_path / "events.jsonl"
    written.write_text("\n".join(map(json.dumps, events)))
    done = here("analyze", written, "--store", tmp_path / "store")
    assert done.returncode == 0, says(done)
    done = here("causal", "recovery_frequency-", "--store", tmp_path / "store", "--output", "json")
    found = json.loads(done.stdout)
    jsonschema.validate(found, json.loads((ROOT / "schemas" / "causal.v1.json").read_text()))
    assert found["asked"] == found["finding"]["id"]
    assert (found["finding"]["tier"], found["finding"]["member_count"]) == ("actionable", 5)
    assert "deploy-7" in found["roots"]
    page = tmp_path / "page.html"
    asked = ("causal", "recovery_frequency-", "--store", tmp_path / "store")
    assert here(*asked, "--output", "html", "--out", page).returncode == 0
    roots = page.read_text().partition("Roots:")[2].partition("</ul>")[0]
    told = [line for line in roots.splitlines() if line.startswith("<li>")]
    assert "deploy-7" in told[0]
    assert told[1:] == sorted(told[1:])
    done = here("causal", "recovery_freqency-", "--store", tmp_path / "store")
    assert f"the nearest is {found['asked']}" in says(done)
    text = here(*asked).stdout.decode()
    assert text.startswith(f"{found['asked']}\n  actionable, open: ")
    assert text.count("◀ member") == 5


def test_members_that_nothing_is_known_of_are_told_up_to_twenty(tmp_path: Path):
    events = [document(f"r{n}", at(n), action_id=f"a{n}") for n in range(25)]
    written, store = tmp_path / "events.jsonl", tmp_path / "store"
    written.write_text("\n".join(map(json.dumps, events)))
    assert here("analyze", written, "--store", store).returncode == 0
    asked = ("causal", "recovery_frequency-", "--store", store)
    text, page = here(*asked).stdout.decode(), here(*asked, "--output", "html").stdout.decode()
    assert text.count("◀ member") == page.count('<g class="asked">') == 20
    assert "and 5 more members without a known cause or effect" in text
    assert "and 5 more members without a known cause or effect; --output json has all" in page

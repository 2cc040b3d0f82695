"""`overheal findings` and `overheal detectors`, as somebody who was asleep uses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from overheal.detect import registry
from overheal.recording import FILES
from tests.support.command import here, says
from tests.support.migrated import migrated_folder


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = migrated_folder(tmp_path_factory.mktemp("found"))
    done = here("analyze", *FILES, "--store", folder)
    assert done.returncode == 0, says(done)
    return folder


def listed(store: Path, *options: str) -> list[dict]:
    done = here("findings", "list", "--store", store, "--output", "json", *options)
    assert done.returncode == 0, says(done)
    return json.loads(done.stdout)


def test_findings_are_listed_loudest_first_beneath_what_explains_them(store: Path):
    found = listed(store)
    assert [one["detector"] for one in found][:2] == ["masked_degradation", "recovery_frequency"]
    assert found[1]["inhibited_by"] == found[0]["id"]
    text = here("findings", "list", "--store", store).stdout.decode()
    assert "faster and faster" in text
    assert " ago" in text
    assert max(map(len, text.splitlines())) <= 80
    assert all(one["id"] in text for one in found)
    then = here("findings", "list", "--store", store, "--now", "2026-11-20T21:50:01Z").stdout
    assert "open, 1 h ago" in then.decode()


def test_a_list_can_be_narrowed(store: Path):
    assert {one["detector"] for one in listed(store, "--detector", "thrashing")} == {"thrashing"}
    assert {one["tier"] for one in listed(store, "--tier", "actionable")} == {"actionable"}
    assert listed(store, "--service", "ledger") == listed(store, "--service", "shop/ledger")
    assert listed(store, "--status", "retracted") == []
    assert listed(store, "--since", "1h") == []


def test_one_finding_is_explained_by_the_beginning_of_its_id(store: Path):
    (ledger,) = listed(store, "--detector", "masked_degradation")
    done = here("findings", "show", ledger["id"][:25], "--store", store)
    assert done.returncode == 0, says(done)
    text = done.stdout.decode()
    for said in (
        "shop/ledger keeps being recovered, faster and faster",
        "Look next",
        "HOW LOUD, AND WHY",
        "critical at 20:33:34 UTC",
        "1 in 110,000",
        "20 Nov 2026, UTC",
        "leak-guard: restart",
        "WHAT THIS EXPLAINS",
        "recovery_frequency-",
        "overheal detectors masked_degradation",
    ):
        assert said in text, said
    assert max(map(len, text.splitlines())) <= 80
    told = here("findings", "show", ledger["id"], "--store", store, "--output", "json")
    document = json.loads(told.stdout)
    assert document["id"] == ledger["id"]
    assert document["explains"]


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("findings", "show", "masked_degradaton-1", "--store", "STORE"), 1, "did you mean masked"),
        (("findings", "show", "thrashing-", "--store", "STORE"), 1, "is the beginning of 2"),
        (("findings", "show", "x", "--store", "nowhere"), 1, "nowhere does not exist"),
        (("findings", "list", "--store", "STORE", "--since", "soon"), 2, "neither a time"),
        (("findings", "list", "--store", "STORE", "--detector", "thrash"), 2, "'thrashing'"),
        (("findings", "list", "--store", "STORE", "--server", "http://x:1/y"), 1, "exclude"),
        (("findings", "list"), 1, "use --store DIR, --server URL"),
        (("detectors", "masked"), 2, "'masked_degradation'"),
    ],
)
def test_what_cannot_be_is_refused_with_a_remedy(
    store: Path, arguments: tuple[str, ...], code: int, reason: str
):
    done = here(*[str(store) if one == "STORE" else one for one in arguments])
    assert reason in " ".join(says(done).split())
    assert done.returncode == code


def test_detectors_are_listed_with_the_settings_that_hold(tmp_path: Path):
    config = tmp_path / "overheal.toml"
    config.write_text("[detectors.thrashing]\nreversals = 7\n")
    text = here("detectors", "--config", config).stdout.decode()
    assert "reversals = 7 (yours)" in text
    assert all(name in text for name in registry.names())
    one = here("detectors", "thrashing", "--config", config).stdout.decode()
    assert "reversals = 7 reversals (yours; the default is 3)" in one
    both = here("detectors", "silent_automation").stdout.decode()
    assert "(scope stage)" in both
    assert (
        "Has an agent that used to report stopped, while others go on? (fleet stage)"
        in " ".join(both.split())
    )
    assert "at most 900" in one
    document = json.loads(here("detectors", "--output", "json").stdout)
    assert [each["name"] for each in document] == registry.names()
    assert all(each["settings"] and each["question"].endswith("?") for each in document)

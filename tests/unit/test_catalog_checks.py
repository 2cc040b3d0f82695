"""What a catalog cannot say, one test a mistake; and what it may."""

from __future__ import annotations

import dataclasses

import pytest

from overheal.catalog import CatalogFile
from overheal.catalog_checks import warnings
from overheal.detect.registry import SCOPE_DETECTORS
from overheal.detect.settings import SettingsBook, refuse_contradictions
from overheal.errors import ConfigError
from overheal.run import config
from tests.support.made import EVERY, catalog_of, name_of

DRILL = '[[drills]]\nid = "d"\nfrom = 2026-11-03T10:00:00Z\nuntil = 2026-11-03T12:00:00Z\n'
MISTAKES = {
    "a service that depends on itself": (
        '[services.a]\ndepends_on = ["a"]\n',
        ["services.a.depends_on", "a → a", "remove"],
    ),
    "a circle of three, named in its order": (
        (
            '[services.a]\ndepends_on = ["b"]\n[services.b]\ndepends_on = ["c"]\n'
            '[services.c]\ndepends_on = ["a"]\n'
        ),
        ["services.a.depends_on", "a → b → c → a"],
    ),
    "a circle behind a tail": (
        (
            '[services.web]\ndepends_on = ["a"]\n[services.a]\ndepends_on = ["b"]\n'
            '[services.b]\ndepends_on = ["a"]\n'
        ),
        ["services.a.depends_on", "a → b → a"],
    ),
    "a circle through short names": (
        '[services."shop/a"]\ndepends_on = ["b"]\n[services."shop/b"]\ndepends_on = ["shop/a"]\n',
        ["shop/a → shop/b → shop/a"],
    ),
    "a misspelt dependency": (
        '[services.orders-db]\n[services.checkout]\ndepends_on = ["order-db"]\n',
        ["services.checkout.depends_on", "'order-db'", "did you mean 'orders-db'"],
    ),
    "a misspelt name in after": (
        '[services.orders-db]\n[services.web.failure_modes.pool]\nafter = ["odrers-db"]\n',
        ["services.web.failure_modes.pool.after", "did you mean 'orders-db'"],
    ),
    "a misspelt service of a drill": (
        f'[services.checkout]\n{DRILL}services = ["chekout"]\n',
        ["drills.d.services", "did you mean 'checkout'"],
    ),
    "two owners of one service": (
        '[services.checkout]\nowner = "a"\n[services."shop/checkout"]\nowner = "b"\n',
        ["services.checkout and services.shop/checkout", "(a and b)", "full name"],
    ),
    "two drills of one id": (DRILL + DRILL, ["drills.d", "give one another"]),
    "a drill that ends before it begins": (
        DRILL.replace("12:00", "09:00"),
        ["drills.d", "`until` must lie after `from`"],
    ),
    "a negative limit": (
        "[services.a.recovery_frequency]\nper_hour = -1\n",
        ["services.a.recovery_frequency.per_hour", "positive"],
    ),
    "a service whose critical limit comes first": (
        "[services.a.recovery_frequency]\nper_hour = 10\n",
        ["services.a.recovery_frequency.critical_per_hour", "10", "set critical_per_hour to more"],
    ),
    "fewer reversals for critical than for a finding": (
        "[services.a.thrashing]\nreversals = 5\ncritical_reversals = 4\n",
        ["services.a.thrashing.critical_reversals", "at least 5", "lower reversals"],
    ),
    "a window of nothing": (
        "[services.a.thrashing]\nwindow_hours = 0\n",
        ["services.a.thrashing.window_hours", "positive"],
    ),
    "a share of more than all": (
        "[services.a.ineffective_recovery]\npolicy_share = 1.5\npolicy_actionable_share = 2\n",
        ["services.a.ineffective_recovery.policy_share", "at most 1"],
    ),
    "a limit beyond what is remembered": (
        "[services.a.thrashing]\ncritical_reversals = 5000\n",
        ["services.a.thrashing.critical_reversals", "never reached", "at most 900"],
    ),
    "an error that is certain": (
        "[services.a.masked_degradation]\nepisode_error = 1.0\n",
        ["services.a.masked_degradation.episode_error", "below 1"],
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_file_key_and_remedy(tmp_path, mistake):
    text, words = MISTAKES[mistake]
    path = tmp_path / "catalog.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as raised:
        config.load(None, str(path), {})
    assert str(raised.value).startswith(f"{path}: ")
    for word in words:
        assert word in str(raised.value)


def test_settings_for_all_services_are_checked_as_well(tmp_path):
    path = tmp_path / "overheal.toml"
    path.write_text("[detectors.recovery_frequency]\nper_hour = 20\n")
    with pytest.raises(ConfigError, match=r"overheal.toml: detectors.recovery_frequency.critical"):
        config.load(str(path), None, {})


def test_what_was_taken_once_is_read_back_although_it_would_be_refused_now():
    book = SettingsBook({"recovery_frequency": {"per_hour": 20}})
    assert book.lookup(SCOPE_DETECTORS[0])("", "checkout").per_hour == 20


@pytest.mark.parametrize("detector", EVERY, ids=name_of)
def test_the_defaults_of_every_detector_agree_with_each_other(detector):
    refuse_contradictions(detector.settings_type(), detector.name)


@pytest.mark.parametrize(
    "document",
    [
        {"services": {"db-1": {}, "web": {"depends_on": ["db-2"]}}},
        {"services": {"cache-a": {}, "web": {"depends_on": ["cache-b"]}}},
        {"services": {"orders-db": {}, "web": {"depends_on": ["orders-db-replica"]}}},
        {"services": {"shop/orders-db": {}, "web": {"depends_on": ["orders-db"]}}},
        {"services": {"orders-db": {}, "web": {"depends_on": ["shop/orders-db"]}}},
        {"services": {"a": {"depends_on": ["c"]}, "b": {"depends_on": ["c"]}, "c": {}}},
        {"services": {"shop/api": {}, "billing/api": {}}},
    ],
    ids=str,
)
def test_what_is_no_mistake_is_taken(document):
    assert catalog_of(**document).file.services


def test_what_may_be_a_mistake_is_a_warning():
    file = CatalogFile.model_validate(
        {
            "services": {"web": {"depends_on": ["mainframe"]}},
            "drills": [
                {
                    "id": "old",
                    "services": ["web", "printer"],
                    "from": "2026-11-03T10:00:00Z",
                    "until": "2026-11-03T12:00:00Z",
                }
            ],
        },
        strict=False,
    )
    over = int(file.drills[0].until.timestamp()) * 1_000_000
    said = warnings(file, over)
    assert len(said) == 3
    assert "services.web.depends_on: 'mainframe'" in said[0]
    assert "drills.old.services: 'printer'" in said[1]
    assert "drills.old: it was over 2026-11-03 12:00:00 UTC" in said[2]
    assert len(warnings(file, over - 1)) == 2


def test_a_long_chain_is_no_circle_and_needs_no_recursion():
    services = {f"s{n}": {"depends_on": [f"s{n + 1}"]} for n in range(1500)}
    services["s1500"] = {}
    assert catalog_of(services=services).file.services


LIMITED = [
    pytest.param(kind, field, id=f"{name_of(kind)}.{field.name}")
    for kind in EVERY
    for field in dataclasses.fields(kind.settings_type)
    if field.metadata["most"] is not None
]


@pytest.mark.parametrize(("detector", "field"), LIMITED)
def test_a_limit_that_is_never_reached_is_refused(detector, field):
    most = int(field.metadata["most"])
    with pytest.raises(ConfigError, match=rf"{field.name}: .* never reached.* at most {most:g}"):
        refuse_contradictions(detector.settings_type(**{field.name: most + 1}), detector.name)
    louder = {each.name: each.metadata["most"] for each in dataclasses.fields(detector.settings_type)
              if each.name.startswith("critical_") and each.metadata["most"]}  # fmt: skip
    refuse_contradictions(detector.settings_type(**{**louder, field.name: most}), detector.name)


def test_a_key_that_stands_twice_in_yaml_is_refused_with_both_lines(tmp_path):
    path = tmp_path / "catalog.yaml"
    path.write_text("services:\n  checkout: {owner: a}\n  ledger: {}\n  checkout: {owner: b}\n")
    with pytest.raises(ConfigError, match=r"catalog.yaml: line 4: 'checkout' is there already"):
        config.load(None, str(path), {})


def test_yaml_that_merges_an_anchor_is_no_key_that_stands_twice(tmp_path):
    path = tmp_path / "catalog.yaml"
    path.write_text(
        "services:\n  a: &usual {owner: web, tier: 1}\n  b: {<<: *usual, tier: 2}\n"
        "  c: {<<: *usual, owner: data}\n"
    )
    known = config.load(None, str(path), {}).catalog.file.services
    assert (known["b"].owner, known["b"].tier, known["c"].owner) == ("web", 2, "data")

"""A backtest reads: every table holds afterwards what it held before."""

from __future__ import annotations

from overheal.catalog import Catalog
from overheal.declared import Declared
from overheal.report.backtest_parts import Backtest
from overheal.run.backtest.inforce import Files
from overheal.run.backtest.suggesting import suggest
from overheal.run.backtest.wiring import Request, backtest
from overheal.run.inputs import digest_of
from overheal.store import Store, StoredEvent, TimedInput
from overheal.store.labels import Label
from tests.integration.backtest.test_same_flow_exact import analyzed, judging, kept
from tests.support.histories import history
from tests.support.made import History


def hashes(store: Store) -> dict[str, int]:
    """Return a hash of everything in each table, whatever the order of its rows."""
    tables = [
        name
        for (name,) in store._engine.rows(
            "SELECT name FROM system.tables WHERE database = currentDatabase() "
            "AND engine LIKE '%MergeTree' AND name != 'asked' ORDER BY name"
        )
    ]
    return {
        name: store._engine.rows(f"SELECT sum(cityHash64(*)), count() FROM {name}")[0]
        for name in tables
    }


def test_a_backtest_and_its_suggestions_leave_every_table_as_it_was(store: Store, tmp_path):
    events = history(23, 200)
    kept(store, events)
    rules = judging({})
    found = analyzed(events, rules, Declared())
    store.write_findings(found)
    store.write_label(Label(found[0].id, "noise", noted_at=1))
    store.write_inputs([TimedInput("rules", 0, digest_of(rules), rules.decode())])
    before = hashes(store)
    assert len(before) > 10
    (tmp_path / "new.toml").write_text("[detectors.recovery_frequency]\nper_hour = 1\n")
    request = Request(Files(str(tmp_path / "new.toml")), processes=1)
    document = backtest(store, request, lambda *_: None)
    assert isinstance(document, Backtest)
    assert document.notes == ["Compared with those in force, as the store records them."]
    assert document.catalog == [], "the catalog in force stays where none is named"
    suggest(store, request, lambda *_: None)
    assert hashes(store) == before


def test_suggestions_keep_useful_pages_with_less_noise(store: Store):
    made = History()
    for day in range(12):
        for number in range(30 if day % 3 == 0 else 12):
            made.recovery(day * 86_400 + number * 60, "checkout")
    events = made.ordered()
    store.write_events([StoredEvent(event=event) for event in events])
    rules = judging({}, Catalog())
    store.write_inputs([TimedInput("rules", 0, digest_of(rules), rules.decode())])
    found = analyzed(events, rules, Declared())
    store.write_findings(found)
    for at, finding in enumerate(one for one in found if one.detector == "recovery_frequency"):
        verdict = "useful" if finding.count == 30 else "noise"
        store.write_label(Label(finding.id, verdict, noted_at=at + 1))
    (one,) = suggest(store, Request(Files()), lambda *_: None).suggestions
    assert one.too_thin is None
    assert (one.useful, one.noise, one.noise_after) == (4, 8, 0)
    assert [(best.name, best.before) for best in one.settings] == [("critical_per_hour", 10)]
    assert 12 < one.settings[0].after <= 30

"""`overheal expect` and `overheal drill` on the folder of a store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import here, says
from tests.support.events import at, document
from tests.support.migrated import migrated_folder

NOW = "2026-03-02T01:00:00Z"
EXPECT = ("--owner", "payments", "--reason", "nightly import", "--until", "7d")


def lines(count: int, minutes: float = 1.0, **changes: Any) -> bytes:
    return b"".join(
        json.dumps(document(f"e{number}", at(number * minutes), **changes)).encode() + b"\n"
        for number in range(count)
    )


def analyze(store: Path, data: bytes, *arguments: str | Path) -> dict[str, Any]:
    events = store.with_name("events.jsonl")
    events.write_bytes(data)
    done = here("analyze", events, "--store", store, "--output", "json", *arguments)
    assert done.returncode == 0, says(done)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def tiers(report: dict[str, Any]) -> dict[str, str]:
    return {one["detector"]: one["tier"] for one in report["findings"]}


def command(store: Path, *arguments: str) -> str:
    done = here(*arguments, "--store", store, "--now", NOW)
    assert done.returncode == 0, says(done)
    return done.stdout.decode()


def listed(store: Path, what: str, now: str = NOW) -> list[dict[str, Any]]:
    done = here(what, "list", "--store", store, "--now", now, "--output", "json")
    assert done.returncode == 0, says(done)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store in which twelve recoveries of checkout are one critical finding."""
    folder = migrated_folder(tmp_path / "store")
    assert tiers(analyze(folder, lines(12)))["recovery_frequency"] == "critical"
    return folder


def test_an_expectation_lowers_a_tier_until_it_is_void_and_analyze_and_list_say_so(store: Path):
    added = command(store, "expect", "add", "checkout", "--rate", "40/hour", *EXPECT)
    assert "payments expects checkout" in added
    again = command(store, "expect", "add", "checkout", "--rate", "40/hour", *EXPECT)
    assert "known already" in again
    report = analyze(store, lines(12))
    assert tiers(report)["recovery_frequency"] == "actionable"
    (one,) = [one for one in report["findings"] if one["detector"] == "recovery_frequency"]
    assert "payments expects up to 40/hour" in one["reason"]
    assert one["evidence"]["expected"]["by"] == "payments"
    (row,) = listed(store, "expect")
    assert (row["state"], row["rate"], row["until"]) == (
        "active",
        "40/hour",
        "2026-03-09T01:00:00Z",
    )

    command(store, "expect", "remove", row["id"])
    assert tiers(analyze(store, lines(12)))["recovery_frequency"] == "critical"
    command(store, "expect", "add", "checkout", "--rate", "6/hour", *EXPECT)
    assert tiers(analyze(store, lines(12)))["recovery_frequency"] == "critical"
    rows = {one["rate"]: one for one in listed(store, "expect", "2026-03-02T03:00:00Z")}
    assert rows["40/hour"]["state"] == "removed"
    assert (rows["6/hour"]["state"], rows["6/hour"]["void_at"]) == ("void", "2026-03-02T02:11:00Z")


def test_what_is_judged_otherwise_now_replaces_what_was_stored(store: Path, tmp_path: Path):
    from overheal.store import open_store

    command(store, "expect", "add", "checkout", "--rate", "40/hour", *EXPECT)
    analyze(store, lines(12))
    with open_store(store) as opened:
        found = [one for one in opened.findings() if one.detector == "recovery_frequency"]
    assert [one.tier.word for one in found] == ["actionable"]


def test_a_list_for_people_has_what_who_why_since_and_until(store: Path):
    command(store, "expect", "add", "checkout", "--rate", "3/day", *EXPECT)
    shown = command(store, "expect", "list")
    for part in ("active", "checkout: up to 3/day", "payments", "nightly import"):
        assert part in shown
    assert "since  2026-03-02 01:00:00 UTC (now)" in shown
    assert "until  2026-03-09 01:00:00 UTC (in 7 days)" in shown


def test_a_drill_keeps_what_happens_out_and_one_without_automation_tells_of_it(store: Path):
    started = command(store, "drill", "start", "d1", "--service", "checkout", "--owner", "web")
    assert "a drill of checkout by web" in started
    report = analyze(store, lines(12))
    assert tiers(report) == {}
    assert report["totals"]["drilled"] == 12
    assert report["services"][0]["recoveries"] == 0
    (row,) = listed(store, "drill")
    assert (row["state"], row["until"]) == ("active", "2026-03-02T03:00:00Z")

    command(store, "drill", "end", "d1")
    start = ("drill", "start", "d2", "--everything", "--owner", "web", "--no-automation")
    command(store, *start, "--until", "2h")
    report = analyze(store, lines(12))
    assert tiers(report) == {"automation_in_drill": "actionable"}
    (one,) = report["findings"]
    assert one["evidence"]["drill"] == "d2"
    assert one["status"] == "open"
    shown = command(store, "drill", "list")
    assert "everything, without automation" in shown
    assert [one["state"] for one in listed(store, "drill")] == ["ended", "active"]


def test_a_store_nobody_declared_anything_in_lists_nothing(store: Path):
    assert listed(store, "expect") == listed(store, "drill") == []


ADD = ("expect", "add", "checkout", "--rate", "12/hour", *EXPECT)
START = ("drill", "start", "d", "--service", "checkout", "--owner", "web")


def without(arguments: tuple[str, ...], option: str) -> tuple[str, ...]:
    place = arguments.index(option)
    return arguments[:place] + arguments[place + 2 :]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (without(ADD, "--until"), ["--until", "must end", "7d"]),
        (without(ADD, "--owner"), ["--owner", "answer for it"]),
        (without(ADD, "--reason"), ["--reason", "why"]),
        (without(ADD, "--rate"), ["--rate", "12/hour"]),
        ((*ADD, "--until", "2026-01-01T00:00:00Z"), ["--until", "is over"]),
        ((*ADD, "--until", "someday"), ["--until", "7d"]),
        ((*ADD, "--rate", "0/hour"), ["--rate", "at least 1"]),
        ((*ADD, "--rate", "many"), ["--rate", "12/hour"]),
        ((*ADD, "--detector", "recovery_frequncy"), ["--detector", "'recovery_frequency'"]),
        ((*ADD, "--owner", " "), ["--owner", "answer for it"]),
        ((*ADD, "--reason", "two\nlines"), ["--reason", "one line"]),
        ((*ADD, "--config", "x.toml"), ["--store", "not both"]),
        (without(START, "--owner"), ["--owner"]),
        (without(START, "--service"), ["--service", "--everything"]),
        ((*START, "--everything"), ["--service", "--everything"]),
        ((*START, "--until", "2026-01-01T00:00:00Z"), ["--until", "is over"]),
        ((*START, "--from", "2026-01-01T00:00:00Z"), ["--from", "is over"]),
        (
            (*START, "--from", "2026-04-02T00:00:00Z", "--until", "2026-04-01T00:00:00Z"),
            ["--until", "does not lie after"],
        ),
        (("drill", "start", "no good", *START[3:]), ["ID", "letters"]),
    ],
    ids=lambda value: " ".join(value)[-60:] if isinstance(value, tuple) else "",
)
def test_an_option_that_cannot_be_is_usage_and_names_the_remedy(tmp_path: Path, arguments, words):
    (tmp_path / "s").mkdir()
    done = here(*arguments, "--store", tmp_path / "s", "--now", NOW)
    assert done.returncode == 2
    for word in words:
        assert word in says(done)


def test_what_is_unknown_or_another_s_is_an_error_without_a_traceback(store: Path):
    command(store, *START)
    for arguments, words in (
        (("expect", "remove", "expect-x"), "overheal expect list"),
        (("drill", "end", "dd"), "did you mean 'd'"),
        ((*START, "--no-automation"), "choose another id"),
    ):
        done = here(*arguments, "--store", store, "--now", NOW)
        assert done.returncode == 1
        assert words in says(done)
    done = here("expect", "list", "--store", store / "nowhere")
    assert done.returncode == 1
    assert "does not exist" in says(done)


def test_a_service_that_was_never_seen_is_mentioned_and_an_ambiguous_one_refused(store: Path):
    done = here("expect", "add", "chekout", *ADD[3:], "--store", store, "--now", NOW)
    assert done.returncode == 0
    assert "did you mean 'checkout'" in says(done)
    two = lines(1, service="eu/api") + lines(1, service="us/api").replace(b"e0", b"f0")
    analyze(store, two.replace(b"e0", b"g0"))
    done = here("expect", "add", "api", *ADD[3:], "--store", store, "--now", NOW)
    assert done.returncode == 2
    assert "eu/api, us/api; write the full name" in says(done)


def test_without_a_place_both_ways_are_named():
    done = here("expect", "list", env={})
    assert done.returncode == 2
    assert "--store DIR" in says(done)
    assert "--config FILE" in says(done)


def test_a_running_fleet_has_the_present_it_has(tmp_path: Path):
    (tmp_path / "c.toml").write_text("")
    done = here("expect", "list", "--config", tmp_path / "c.toml", "--now", NOW)
    assert done.returncode == 2
    assert "--now" in says(done)


@pytest.mark.parametrize(
    "words",
    [
        ("expect",),
        ("drill",),
        ("expect", "add"),
        ("expect", "list"),
        ("expect", "remove"),
        ("drill", "start"),
        ("drill", "end"),
        ("drill", "list"),
    ],
    ids=" ".join,
)
def test_every_command_has_help(words):
    shown = here(*words, "--help")
    assert shown.returncode == 0
    if len(words) > 1:
        assert "Examples:" in shown.stdout.decode()
        assert f"overheal {' '.join(words)}" in shown.stdout.decode()


def test_check_config_mentions_what_may_be_a_mistake_and_refuses_what_is_one(tmp_path: Path):
    catalog = tmp_path / "catalog.toml"
    catalog.write_text(
        '[services.web]\ndepends_on = ["mainframe"]\n[[drills]]\nid = "old"\n'
        "from = 2026-01-01T00:00:00Z\nuntil = 2026-01-01T02:00:00Z\n"
    )
    shown = here("check-config", "--catalog", catalog, env={"OVERHEAL_KAFKA__BOOTSTRAP": "[::1]:1"})
    text = shown.stdout.decode()
    assert "look   catalog: services.web.depends_on: 'mainframe'" in text
    assert "look   catalog: drills.old: it was over 2026-01-01 02:00:00 UTC" in text
    catalog.write_text('[services.a]\ndepends_on = ["b"]\n[services.b]\ndepends_on = ["a"]\n')
    shown = here("check-config", "--catalog", catalog)
    assert shown.returncode == 1
    assert "a → b → a" in shown.stdout.decode()

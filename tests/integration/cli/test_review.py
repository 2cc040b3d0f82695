"""`overheal report review`, `review` and `readiness` on a hand-written history with known answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import here, says

START = datetime(2026, 6, 1, tzinfo=UTC)
NOW = "2026-11-28T00:00:00Z"
CATALOG = """
[services.checkout]
owner = "payments"
stateful = false
scope = "shop"
depends_on = ["db"]
allowed_autonomy_level = 3
boundaries = ["restart", "scale"]
[services.checkout.failure_modes.pool]
symptom = "pool exhausted"
recovery = "restart"
within_seconds = 60
[services.db]
stateful = true
allowed_autonomy_level = 2
"""
RATES = "[review.rates]\nmanual_minutes = 30\nfailure_minutes = 60\n"


def _at(days: float) -> str:
    return (START + timedelta(days=days)).isoformat().replace("+00:00", "Z")


def _document(ident: str, kind: str, days: float, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": ident,
        "source": "urn:test",
        "type": f"io.overheal.{kind}.v1",
        "time": _at(days),
        "data": {"scope": "shop", **data},
    }


def _action(ident: str, days: float, service: str, type_: str, **more: Any) -> dict[str, Any]:
    data = {
        "action_id": ident,
        "phase": "finished",
        "service": service,
        "agent": {"name": "healer", "kind": "script", "autonomy_level": 1},
        "action": {"type": type_, "policy": {"id": "heal", "changed_at": _at(-300)}},
        "trigger": {"kind": "failure", "condition": "pool exhausted"},
        "expected": {"outcome": "up"},
        "actual": {"outcome": "succeeded"},
        "duration_seconds": 10,
    }
    return _document(ident, "action.finished", days, data | more)


def _told(ident: str, days: float, kind: str, signal: str, **more: Any) -> dict[str, Any]:
    service = {"service": "shop/checkout", "kind": kind, "signal": signal}
    return _document(ident, "observation", days, service | more)


def history() -> list[dict[str, Any]]:
    scale = {"target": {"kind": "Deployment", "name": "checkout", "field": "replicas"}}
    made = [_action(f"early-{n}", n, "shop/checkout", "restart") for n in range(3)]
    made += [_action(f"r-{n}", 95 + n, "shop/checkout", "restart") for n in range(40)]
    made.append(
        _action("slow", 140, "shop/checkout", "restart", duration_seconds=100)
        | {"id": "slow-finished"}
    )
    made.append(
        _action(
            *("foretold", 141, "shop/checkout", "scale"),
            **scale,
            intent={"desired": {"replicas": 6}},
            after={"replicas": 6},
            decision={"predicted_impact": [{"service": "shop/db", "effect": "load"}]},
            agent={"name": "ai", "kind": "ai_agent"},
            trigger={
                "kind": "demand",
                "condition": "busy",
                "signals": [{"name": "cpu", "value": 90, "threshold": 80, "status": "degraded"}],
            },
        )
    )
    made.append(_told("felt", 141.002, "symptom", "5xx", user_visible=True, service="shop/web"))
    made.append(
        _action(
            *("cheaper", 142, "shop/checkout", "scale"),
            **scale,
            after={"replicas": 3},
            agent={"name": "cost-bot", "kind": "script"},
            trigger={"kind": "cost", "condition": "idle"},
        )
    )
    made.append(
        _action(
            "deploy",
            143,
            "shop/checkout",
            "deploy",
            trigger={"kind": "rollout", "condition": "new version"},
        )
    )
    ada = {"name": "ada", "kind": "human"}
    made += [_action(f"f-{n}", 100 + n, "shop/db", "failover", agent=ada) for n in range(40)]
    made += [_told(f"page-{n}", 150 + n, "page", "Down", status="firing") for n in range(2)]
    return sorted(made, key=lambda one: one["time"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("review")
    (folder / "catalog.toml").write_text(CATALOG)
    (folder / "config.toml").write_text(RATES)
    (folder / "events.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in history()))
    done = here("analyze", folder / "events.jsonl", "--store", folder / "store", "--now", NOW)
    assert done.returncode == 0, says(done)
    return folder


def ask(folder: Path, *command: str, output: str = "json") -> Any:
    options = ["--store", folder / "store", "--now", NOW, "--catalog", folder / "catalog.toml"]
    done = here(*command, *options, "--output", output)
    assert done.returncode == 0, says(done)
    return json.loads(done.stdout) if output == "json" else done.stdout.decode()


def test_a_quarter_is_reviewed(folder: Path):
    review = ask(folder, "report", "review", "--config", str(folder / "config.toml"))
    (heal,) = review["policies"]["rows"]
    assert (heal["uses"], heal["succeeded"], heal["success_rate"]) == (44, 41, 1.0)
    assert heal["zombie"] == "443 days older than the last change of shop/checkout"
    (pool,) = review["deviations"]["rows"]
    assert (pool["exercised"], pool["too_slow"], pool["happened"]) == (41, 1, "up to 1 min 40 s")
    (field,) = review["fields"]["rows"]
    assert (field["declared"], field["found"], field["found_by"]) == ("6", "3", "cost-bot")
    (foretold,) = review["impact"]["rows"]
    assert (foretold["predictions"], foretold["unforeseen"]) == (1, 1)
    (page,) = review["alerts"]["rows"]
    assert (page["times"], page["of"]) == (2, 2)
    (worth,) = review["break_even"]["rows"]
    assert worth["saved_minutes"] == 30 * 44
    (cost,) = review["costlier"]["rows"]
    assert (cost["seconds_before"], cost["uses_before"]) == (20, 2)
    gate = {(one["service"], one["type"]): one for one in review["gate"]["rows"]}
    assert gate["shop/checkout", "restart"]["level"] == 1
    assert gate["shop/db", "failover"]["missing"] == ["0 of 10 runs by hand reviewed"]


def test_ten_reviewed_runs_open_the_gate(folder: Path):
    for number in range(10):
        action = f"f-{number + 30}"
        options = ["--by", "bob", "--verdict", "good", "--store", folder / "store", "--now", NOW]
        done = here("review", action, *options)
        assert done.returncode == 0, says(done)
        assert "it was a run by hand" in done.stdout.decode()
    again = here("review", "f-30", *options)
    assert "nothing is new" in again.stdout.decode()
    later = (datetime.fromisoformat(NOW) + timedelta(seconds=1)).isoformat()
    done = here(
        *("report", "review", "--store", folder / "store", "--now", later, "--output", "json"),
        *("--catalog", folder / "catalog.toml"),
    )
    (gate,) = [one for one in json.loads(done.stdout)["gate"]["rows"] if one["type"] == "failover"]
    assert (gate["verdict"], gate["next_level"], gate["reviewed_runs"]) == ("next level", 1, 10)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["nosuch", "--by", "bob"], "no action is called 'nosuch'"),
        (["f-333", "--by", "bob"], "did you mean f-3"),
        (["f-", "--by", "bob"], "is the beginning of 20 actions"),
        (["f-1", "--by", "ada"], "have somebody else review it"),
        (["f-1", "--by", " "], "say who"),
    ],
)
def test_a_review_that_cannot_be_is_refused_with_a_remedy(folder: Path, options, said):
    done = here("review", *options, "--verdict", "good", "--store", folder / "store")
    assert done.returncode in {1, 2}
    assert said in " ".join(says(done).replace("│", " ").split())


def test_readiness_is_a_table_for_people_and_a_gate_for_pipelines(folder: Path):
    found = ask(folder, "readiness")
    checkout = next(one for one in found["services"] if one["service"] == "shop/checkout")
    assert checkout["contradicts"] == ["authority", "one_writer"]
    items = {one["item"]: one for one in checkout["items"]}
    assert items["authority"]["why"] == "outside the boundaries: deploy"
    assert items["policy"]["state"] == "known"
    text = ask(folder, "readiness", "--service", "checkout", output="text")
    assert max(map(len, text.splitlines())) <= 80
    gated = here(
        *("readiness", "--store", folder / "store", "--catalog", folder / "catalog.toml"),
        *("--now", NOW, "--fail-on", "contradicts"),
    )
    assert gated.returncode == 3
    unknown = here("readiness", "--store", folder / "store", "--service", "chekout", "--now", NOW)
    assert "did you mean 'checkout'" in says(unknown)


def test_a_page_is_written_whole_and_reversed_times_are_refused(folder: Path):
    out = folder / "review.html"
    done = here("report", "review", "--store", folder / "store", "--output", "html", "--out", out)
    assert done.returncode == 0, says(done)
    assert "http" not in out.read_text().replace("http-equiv", "")
    done = here(
        *("report", "review", "--store", folder / "store"),
        *("--since", "2026-10-01", "--until", "2026-09-01"),
    )
    assert done.returncode == 2
    assert "is not before" in " ".join(says(done).replace("│", " ").split())

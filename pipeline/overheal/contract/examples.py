"""The example documents under `schemas/examples/`: every action type in every phase."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from overheal.contract import schema
from overheal.contract.example_cases import CASES, OBSERVATIONS, Case

_START = datetime(2026, 3, 2, 2, 17, 5, tzinfo=UTC)
_PHASE_MEANS = {
    "proposed": "the agent says what it wants to do, how sure it is and why",
    "approved": "a human lets it",
    "rejected": "a human does not let it; it never happens and never counts",
    "started": "it begins",
    "finished": "it ends: actual outcome and duration are known",
    "verified": "somebody looked whether it helped",
}
_SECONDS_AFTER = {"proposed": -90, "approved": -20, "rejected": -20, "started": 0}


def action_examples() -> dict[str, dict[str, Any]]:
    """Return one CloudEvent per action type and phase, by file name."""
    return {
        f"{case.type}-{phase}.json": _action(case, number, phase)
        for number, case in enumerate(CASES, 1)
        for phase in get_args(schema.Phase)
    }


def observation_examples() -> dict[str, dict[str, Any]]:
    """Return one CloudEvent per kind of observation, by file name."""
    found = {}
    for number, (kind, (_, fields)) in enumerate(OBSERVATIONS.items(), 1):
        data = {"kind": kind, "environment": "production", **fields}
        found[f"{kind}.json"] = {
            "specversion": "1.0",
            "id": f"{kind}-{number}",
            "source": "https://observability.example/collector",
            "type": schema.OBSERVATION_TYPE,
            **({"subject": fields["service"]} if "service" in fields else {}),
            "time": _written(_START),
            "dataschema": schema.OBSERVATION_SCHEMA,
            "data": data,
        }
    return found


def index() -> str:
    """Return the page that says what each example shows, as Markdown."""
    lines = [
        "# Examples",
        "",
        "Written by `make schemas` from the definition; edit nothing here. Each file is one valid",
        "CloudEvent. An action is told in up to six events that share its `action_id`:",
        "",
        *(f"- `{phase}`: {meaning}" for phase, meaning in _PHASE_MEANS.items()),
        "",
        "## Actions",
        "",
        "| type | story | outcome | files |",
        "|---|---|---|---|",
    ]
    for case in CASES:
        files = ", ".join(f"[{phase}](actions/{case.type}-{phase}.json)" for phase in _PHASE_MEANS)
        lines.append(f"| `{case.type}` | {case.story} | {case.outcome} | {files} |")
    lines += ["", "## Observations", "", "| kind | what it shows |", "|---|---|"]
    lines += [
        f"| [`{kind}`](observations/{kind}.json) | {story} |"
        for kind, (story, _) in OBSERVATIONS.items()
    ]
    return "\n".join(lines) + "\n"


def _action(case: Case, number: int, phase: str) -> dict[str, Any]:
    action_id = f"{case.type.replace('_', '-')}-{number}"
    after = _SECONDS_AFTER.get(phase, case.seconds + (120 if phase == "verified" else 0))
    owner = {"service": case.service} if case.service else {"scope": "eu-1"}
    target = {key: value for key, value in case.target.items() if value}
    data: dict[str, Any] = {
        "action_id": action_id,
        "phase": phase,
        **owner,
        "environment": "production",
        "agent": case.agent,
        "action": {"type": case.type, "name": case.name},
        "target": target,
        "trigger": case.trigger,
        "expected": case.expected,
        **_of_phase(case, phase),
    }
    return {
        "specversion": "1.0",
        "id": f"{action_id}-{phase}",
        "source": f"https://automation.example/{case.agent['name']}",
        "type": f"io.overheal.action.{phase}.v1",
        **({"subject": case.service} if case.service else {}),
        "time": _written(_START + timedelta(seconds=after)),
        "dataschema": schema.ACTION_SCHEMA,
        "data": data,
    }


def _of_phase(case: Case, phase: str) -> dict[str, Any]:
    """Return the parts of an action event that belong to its phase."""
    by_human = case.agent["kind"] == "human"
    mode = "manual" if by_human else "approval"
    if phase == "proposed":
        return {
            "intent": {"goal": case.expected["outcome"], "desired": case.after},
            "decision": {
                "confidence": 0.82,
                "evidence": [
                    {
                        "source": case.trigger["source"],
                        "kind": "observation",
                        "value": case.trigger["condition"],
                        "weight": 0.7,
                    }
                ],
                "alternatives": ["wait and observe"],
                "predicted_impact": [
                    {"service": case.service or "eu-1", "effect": case.expected["outcome"]}
                ],
            },
            "authority": {"mode": mode},
            "before": case.before,
        }
    if phase in ("approved", "rejected"):
        decision = "approve" if phase == "approved" else "reject"
        check = {"name": "inside-change-window", "passed": phase == "approved"}
        return {
            "authority": {
                "mode": mode,
                "decision": decision,
                "approved_by": "robin",
                "policy_checks": [check],
            }
        }
    authority = {"authority": {"mode": "manual" if by_human else "automatic"}}
    if phase == "started":
        return {**authority, "intent": {"desired": case.after}, "before": case.before}
    actual: dict[str, Any] = {"outcome": case.outcome, "detail": case.detail}
    if phase == "verified":
        actual |= {"verified": True, "verified_by": ["synthetic-check"]}
    return {
        **authority,
        "actual": actual,
        "duration_seconds": case.seconds,
        "before": case.before,
        "after": case.after,
        "impact": {"user_visible": case.trigger["kind"] == "failure", "alerted": False},
    }


def _written(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")

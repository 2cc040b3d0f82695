"""A run in which every string of the input means harm."""

from __future__ import annotations

from typing import Any

import msgspec

from overheal.model import Finding, ServiceSummary, Totals
from overheal.report.document import Report, assemble
from tests.unit.report import sample

ATTACKS = (
    "\x1b[2J\x1b]0;owned\x07",
    "\x9b31m",
    "\x00\r\n\x08",
    "\u202etxt.exe\u2066\u200b\ufeff",
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "]]></style></svg><!--",
    "url(https://evil.example/x)",
    "&lt;b&gt; {{ 7 * 7 }} {% raw %}",
    "[red]rich markup[/red] :smile:",
    "a" * 1_200,
    "服务" * 200,
    "\ud800",
    "\U000e0041",
)
POISON = "".join(ATTACKS)


def poison(value: Any) -> Any:
    """Return a value with every string in it made hostile; keys of maps too."""
    if isinstance(value, str):
        return f"{value}{POISON}"
    if isinstance(value, dict):
        return {key: poison(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [poison(entry) for entry in value]
    return value


def poisoned(finding: Finding) -> Finding:
    texts = ("title", "summary", "reason", "next_step", "service", "environment", "scope")
    changes: dict[str, Any] = {name: poison(getattr(finding, name)) for name in texts}
    evidence = poison(finding.evidence)
    evidence[f"key{POISON}"] = {f"inner{POISON}": [POISON]}
    if "wants" in evidence:
        evidence["wants"] = {poison(agent): wants for agent, wants in evidence["wants"].items()}
    changes |= {"agents": poison(finding.agents), "members": poison(finding.members)}
    return msgspec.structs.replace(finding, evidence=evidence, **changes)


def report() -> Report:
    return assemble(
        findings=[poisoned(finding) for finding in sample.findings()],
        services=[
            ServiceSummary(
                service=f"svc{POISON}",
                environment=f"env{index}{POISON}",
                scope=POISON,
                display=POISON,
                owner=POISON,
                trend=POISON,
                recoveries=10**9,
                succeeded=1,
            )
            for index in range(2)
        ],
        totals=Totals(received=1, stored=1, recoveries=1, ignored={POISON: 1}),
        window=(sample.START, sample.END),
        config_hash=POISON,
        notes=[POISON],
        origin=[POISON] * 6,
    )

"""The figures that can honestly be given from what a run counted."""

from __future__ import annotations

import math
from collections.abc import Sequence

from overheal.model import Finding, ServiceSummary, Status
from overheal.report.parts import IncompletePart, Kpis, SuccessRate
from overheal.report.words import rfc3339

_COUNTED = "silent_automation"
"""The detector that compares what events tell with what counters say."""

_OF_A_STORE = "it takes a store: overheal analyze --store DIR, then overheal kpis --store DIR"
"""Why a run alone does not tell a figure that has to look around each recovery."""

_Z = 1.959963984540054
"""The normal quantile of a two-sided 95 % interval."""


def kpis(services: Sequence[ServiceSummary], findings: Sequence[Finding] = ()) -> Kpis:
    """Return what the services' counts show; an empty denominator gives null, never 0 or 100 %.

    `findings` say in which spans events are missing.
    """
    succeeded = sum(row.succeeded for row in services)
    known = succeeded + sum(row.failed for row in services)
    unknown = sum(row.unknown for row in services)
    bounds = wilson(succeeded, known)
    not_known = dict.fromkeys(("hidden_incidents", "masking_ratio", "mttr_seconds"), _OF_A_STORE)
    if not known:
        not_known["auto_recovery_success"] = "no automated recovery reported its outcome"
    if not known + unknown:
        not_known["unknown_share"] = "there was no automated recovery"
    return Kpis(
        auto_recovery_success=SuccessRate(
            rate=succeeded / known if known else None,
            low=bounds[0] if bounds else None,
            high=bounds[1] if bounds else None,
            succeeded=succeeded,
            known=known,
        ),
        unknown_share=unknown / (known + unknown) if known + unknown else None,
        hidden_incidents=None,
        masking_ratio=None,
        mttr_seconds=None,
        not_known=not_known,
        incomplete=[
            _incomplete(one)
            for one in sorted(findings, key=lambda one: (one.first_at, one.id))
            if one.detector == _COUNTED
            and one.status in (Status.OPEN, Status.RESOLVED)
            and "moved" in one.evidence
        ],
    )


def _incomplete(finding: Finding) -> IncompletePart:
    said = finding.evidence
    return IncompletePart(
        service=finding.service,
        environment=finding.environment,
        counter=said["counter"],
        share=min(1.0, said["share"]),
        start=rfc3339(said["from_at"]),
        end=rfc3339(said["until_at"]),
    )


def wilson(successes: int, trials: int) -> tuple[float, float] | None:
    """Return Wilson's 95 % score interval of a rate, or None without trials.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.

    >>> [round(bound, 4) for bound in wilson(8, 10)]
    [0.4902, 0.9433]
    """
    if trials <= 0:
        return None
    rate = successes / trials
    weight = _Z * _Z / trials
    centre = (rate + weight / 2) / (1 + weight)
    reach = _Z * math.sqrt(rate * (1 - rate) / trials + weight / (4 * trials)) / (1 + weight)
    return max(0.0, centre - reach), min(1.0, centre + reach)

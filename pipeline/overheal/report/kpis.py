"""The figures that can honestly be given from what a run counted."""

from __future__ import annotations

import math
from collections.abc import Sequence

from overheal.model import ServiceSummary
from overheal.report.parts import IncompleteSpan, Kpis, SuccessRate

_Z = 1.959963984540054
"""The normal quantile of a two-sided 95 % interval."""


def kpis(services: Sequence[ServiceSummary], incomplete: Sequence[IncompleteSpan] = ()) -> Kpis:
    """Return what the services' counts show; an empty denominator gives null, never 0 or 100 %.

    `incomplete` are the spans of which not everything was told.
    """
    succeeded = sum(row.succeeded for row in services)
    known = succeeded + sum(row.failed for row in services)
    unknown = sum(row.unknown for row in services)
    bounds = wilson(succeeded, known)
    no_alerts = "no source of alerts or pages was read"
    not_known = {
        "hidden_incidents": no_alerts,
        "masking_ratio": no_alerts,
        "mttr_seconds": "when users stopped being affected was not reported",
    }
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
        incomplete=list(incomplete),
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

"""The story of an incident that nobody was told of."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from overheal.model import MICROSECOND, MINUTE
from overheal.run.reporting.figures import hidden_incidents
from overheal.store import KpiReading, KpiSet, Store
from overheal.store.spans import HiddenRow, SymptomRow
from tests.unit.report.weekly.made import MONDAY, SPAN

ROW = HiddenRow(
    environment="production",
    service="shop/db",
    since=MONDAY,
    started_at=MONDAY,
    recovered_at=MONDAY + 5 * MICROSECOND,
    recoveries=1,
    told_by_us=False,
    agents=["kubelet"],
    types=["restart"],
)


def told(*seen: SymptomRow) -> list[str]:
    store: Any = SimpleNamespace(
        hidden_incidents=lambda *_: [ROW], symptoms_between=lambda *_: list(seen)
    )
    kpis = KpiSet(
        start=SPAN.start,
        end=SPAN.end,
        as_of=SPAN.end,
        service="",
        environment="",
        readings=[
            KpiReading(name="hidden_incidents", unit="incidents", value=1),
            KpiReading(name="hidden_minutes", unit="minutes", value=1),
            KpiReading(name="masking_ratio", unit="share", value=1),
        ],
        incomplete=[],
    )
    (incident,) = hidden_incidents(cast("Store", store), SPAN, kpis, {}).incidents
    return [step.words for step in incident.story]


def test_what_users_felt_elsewhere_is_said_where_the_service_itself_told_nothing():
    felt = SymptomRow(MONDAY - MINUTE, "symptom", "timeouts", "firing", "", True)
    assert told(felt)[0] == "Users felt it: timeouts: firing."
    assert not any("depends on it" in words for words in told(felt))
    assert any("or a service that depends on it" in words for words in told())

"""The JSON Schemas of every document that commands write, by their file's name in `schemas/`."""

from __future__ import annotations

from typing import Any

from overheal.report.backtest_parts import backtest_schema, suggestions_schema
from overheal.report.causal.document import causal_schema
from overheal.report.document import report_schema
from overheal.report.kpi.parts import kpi_schemas
from overheal.report.review.assemble import review_schema
from overheal.report.review.readiness import readiness_schema
from overheal.report.weekly.document import weekly_schema


def document_schemas() -> dict[str, dict[str, Any]]:
    """Return them all."""
    return {
        "report.v1.json": report_schema(),
        "causal.v1.json": causal_schema(),
        "weekly-report.v1.json": weekly_schema(),
        "review.v1.json": review_schema(),
        "readiness.v1.json": readiness_schema(),
        "backtest.v1.json": backtest_schema(),
        "suggestions.v1.json": suggestions_schema(),
        **kpi_schemas(),
    }

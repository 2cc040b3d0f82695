"""Write `schemas/` and docs/schema.md, or check them: python tools/schemas.py [--check] DIR."""

from __future__ import annotations

import sys
from pathlib import Path

from overheal.contract.export import main
from overheal.contract.reference import reference
from overheal.report.causal.document import causal_schema
from overheal.report.document import report_schema
from overheal.report.kpi.parts import kpi_schemas
from overheal.report.review.assemble import review_schema
from overheal.report.review.readiness import readiness_schema
from overheal.report.weekly.document import weekly_schema

ROOT = Path(__file__).resolve().parent.parent

if __name__ == "__main__":
    here = (ROOT / "schemas").samefile(sys.argv[-1]) if Path(sys.argv[-1]).exists() else False
    if here and "--check" not in sys.argv:
        (ROOT / "docs" / "schema.md").write_text(reference(), encoding="utf-8")
    documents = {
        "report.v1.json": report_schema(),
        "causal.v1.json": causal_schema(),
        "weekly-report.v1.json": weekly_schema(),
        "review.v1.json": review_schema(),
        "readiness.v1.json": readiness_schema(),
        **kpi_schemas(),
    }
    sys.exit(main(sys.argv[1:], documents))

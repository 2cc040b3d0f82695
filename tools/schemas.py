"""Write `schemas/` and docs/schema.md, or check them: python tools/schemas.py [--check] DIR."""

from __future__ import annotations

import sys
from pathlib import Path

from overheal.contract.export import main
from overheal.contract.reference import reference
from overheal.report.schemas import document_schemas

ROOT = Path(__file__).resolve().parent.parent

if __name__ == "__main__":
    here = (ROOT / "schemas").samefile(sys.argv[-1]) if Path(sys.argv[-1]).exists() else False
    if here and "--check" not in sys.argv:
        (ROOT / "docs" / "schema.md").write_text(reference(), encoding="utf-8")
    sys.exit(main(sys.argv[1:], document_schemas()))

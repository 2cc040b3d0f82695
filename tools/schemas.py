"""Write `schemas/`, or check it: python tools/schemas.py [--check] DIR."""

from __future__ import annotations

import sys

from overheal.contract.export import main
from overheal.report.document import report_schema

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], {"report.v1.json": report_schema()}))

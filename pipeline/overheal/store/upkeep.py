"""What a store takes, and whether it is whole."""

from __future__ import annotations

import msgspec

from overheal.errors import StoreError
from overheal.store.engine import Engine
from overheal.store.failures import sentence
from overheal.store.migrate import retention
from overheal.store.sql import query


class TableSize(msgspec.Struct, frozen=True):
    """What a table takes: rows (repeated ones too), bytes on disk and uncompressed, parts.

    `expires_days` is after how many days its rows expire, None for never.
    """

    table: str
    rows: int
    bytes: int
    plain_bytes: int
    parts: int
    partitions: int
    expires_days: int | None


class Complaint(msgspec.Struct, frozen=True):
    """What is wrong: `check` is the short name of the test that failed, `text` a sentence."""

    check: str
    text: str


class Upkeep:
    """Looks at the store as a whole. Every question reads all of a table: not for every minute."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def sizes(self) -> list[TableSize]:
        """Return what each table takes, the largest first."""
        return [TableSize(*row) for row in self._engine.rows(query("table_sizes"))]

    def retention_days(self) -> int | None:
        """Return after how many days from receipt events expire; None for never."""
        return retention(self._engine)

    def damaged(self, table: str) -> list[Complaint]:
        """Return the parts of a table whose checksums do not match its files."""
        try:
            rows = self._engine.rows(
                f"CHECK TABLE `{table}` SETTINGS check_query_single_value_result = 0"
            )
        except StoreError as error:
            return [Complaint("files", f"{table} cannot be checked: {sentence(str(error))}")]
        # The driver takes the answer for that of a command, and splits it by tabs alone.
        lines = "\n".join("\t".join(map(str, row)) for row in rows).splitlines()
        # An empty table answers with an empty line.
        parts = [line.split("\t") for line in lines if line.count("\t") == 2]
        return [
            Complaint("files", f"{table}: part {part} is damaged: {sentence(why)}")
            for part, passed, why in parts
            if passed != "1"
        ]

    def unbalanced(self) -> list[Complaint]:
        """Return entries of the ledger that do not add up, at most twenty."""
        return [
            Complaint(
                "ledger",
                f"{origin} partition {partition}, {first} to {last}: {abs(missing)} events "
                f"{'missing' if missing > 0 else 'too many'}",
            )
            for origin, _, partition, first, last, missing in self._engine.rows(query("unbalanced"))
        ]

    def ledger_totals(self) -> tuple[int, int, int, int]:
        """Return events stored, by the ledger and in fact, and the same of dead letters."""
        (row,) = self._engine.rows(query("ledger_totals"))
        said, stored, refused_said, refused = (int(number or 0) for number in row)
        return said, stored, refused_said, refused

    def orphans(self) -> list[Complaint]:
        """Return findings and relations that name what is not there, at most forty."""
        found = [
            Complaint("orphans", f"{what}: {one}")
            for what, one in self._engine.rows(query("orphaned_relations"))
        ]
        return found + [
            Complaint("orphans", f"finding {one} names {absent} events not there, like {example}")
            for one, absent, example in self._engine.rows(query("orphaned_members"))
        ]

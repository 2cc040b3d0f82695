"""docs/queries.md: its questions asked of the demo's recording, and their answers.

`python -m tests.support.asked` writes the answers into the page anew.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from overheal.cli.sql import As, _rendered
from overheal.recording import FILES
from overheal.store import Limits, Store, open_store
from tests.support.command import here

PAGE = Path(__file__).parents[2] / "docs" / "queries.md"
EVENTS = PAGE.with_name("queries.jsonl")
BLOCK = re.compile(r"```sql\n(?P<sql>.*?)```\n\n```text\n(?P<answer>.*?)```\n", re.DOTALL)


def answered(text: str, store: Store) -> str:
    """Return the page with the answers that a store gives."""
    store.settle_own(small=True)
    with store.sandbox(Limits(rows=100)) as sandbox:

        def asked(block: re.Match[str]) -> str:
            answer = _rendered(sandbox.ask(block["sql"]), As.TABLE).decode()
            return f"```sql\n{block['sql']}```\n\n```text\n{answer}```\n"

        return BLOCK.sub(asked, text)


def filled(folder: Path) -> Store:
    """Return a store of the recording and the page's own events; close it."""
    done = here("analyze", *FILES, EVENTS, "--store", folder)
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return open_store(folder)


def main() -> None:
    """Write the answers into the page."""
    with tempfile.TemporaryDirectory() as folder, filled(Path(folder) / "asked") as store:
        PAGE.write_text(answered(PAGE.read_text(encoding="utf-8"), store), encoding="utf-8")


if __name__ == "__main__":
    main()

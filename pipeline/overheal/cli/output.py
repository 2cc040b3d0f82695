"""Writing a report where the user wants it, as what the user wants."""

from __future__ import annotations

import enum
import os
import sys
import tempfile
from pathlib import Path

from overheal.cli.terminal import wants_color, width
from overheal.errors import OutputError
from overheal.report.document import Report, to_json
from overheal.report.text import render_text


class Output(enum.StrEnum):
    """What a report can be written as."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


def write(report: Report, output: Output, out: Path | None) -> None:
    """Write a report to `out`, whole or not at all, or to standard output; raises as `put` does."""
    put(_rendered(report, output, color=wants_color(to_file=out is not None)).encode(), out)


def write_text(text: str, out: Path | None) -> None:
    """Write a text to `out`, whole or not at all, or to standard output; raises as `put` does."""
    put(text.encode(), out)


def put(content: bytes, out: Path | None) -> None:
    """Write content to `out`, whole or not at all, or to standard output.

    Raises `OutputError` where `out` cannot be written, `BrokenPipeError` where nobody reads.
    """
    if out is None:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
        return
    try:
        if out.exists() and not out.is_file():
            out.write_bytes(content)
            return
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).chmod(0o644)
            Path(name).replace(out)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"{out} cannot be written: {reason}; choose another --out") from None


def _rendered(report: Report, output: Output, *, color: bool) -> str:
    if output is Output.JSON:
        return to_json(report) + "\n"
    if output is Output.HTML:
        from overheal.report.html import render_html  # noqa: PLC0415 - pictures load slowly

        return render_html(report)
    return render_text(report, width=width(), color=color)

"""A report as it may be shown: nothing in it acts on a reader, and nothing goes on for ever."""

from __future__ import annotations

from overheal.report.document import Report
from overheal.report.parts import FindingPart
from overheal.report.words import clean_tree, shorten

_PROSE = 1_000
"""Columns of a sentence before it loses its middle: what is longer was not written for people."""


def presentable(report: Report) -> Report:
    """Return the report with every string in it clean, and its sentences of bearable length."""
    safe = Report.model_validate(clean_tree(report.model_dump()))
    return safe.model_copy(
        update={
            "findings": [_bearable(finding) for finding in safe.findings],
            "notes": [shorten(note, _PROSE) for note in safe.notes],
            "config_hash": shorten(safe.config_hash, 80),
        }
    )


def presentable_finding(finding: FindingPart) -> FindingPart:
    """Return one finding as `presentable` does."""
    return _bearable(FindingPart.model_validate(clean_tree(finding.model_dump())))


def _bearable(finding: FindingPart) -> FindingPart:
    sentences = ("summary", "reason", "next_step")
    return finding.model_copy(
        update={name: shorten(getattr(finding, name), _PROSE) for name in sentences}
    )

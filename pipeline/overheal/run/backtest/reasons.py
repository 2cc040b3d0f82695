"""Which setting made a difference, in words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from overheal.detect.registry import named
from overheal.model import Finding
from overheal.run.backtest.comparing import Difference, Kind, is_page
from overheal.run.backtest.plan import DISPROVES, Plan, Setting
from overheal.state.words import listed

Lookup = Callable[[str, str], Sequence[Setting]]
"""Detector and service → the settings that differ for them."""

Decisive = Mapping[str, Collection[str]]
"""Id of a finding → the settings that, changed alone, make the same difference."""


def said(setting: Setting) -> str:
    """Return what became of one setting.

    >>> said(Setting("recovery_frequency", "per_hour", "", 3, 6))
    'per_hour 6 instead of 3 (recoveries)'
    """
    fields = named(setting.detector)[0].settings_type.__dataclass_fields__
    unit = fields[setting.name].metadata.get("unit", "")
    word = f" ({unit})" if unit and not isinstance(setting.after, bool) else ""
    return f"{setting.name} {_value(setting.after)} instead of {_value(setting.before)}{word}"


def reason(difference: Difference, plan: Plan, of_finding: Lookup, decisive: Decisive) -> str:
    """Return in one sentence why something differs."""
    pair = difference.pair
    explained = _explained(difference)
    if explained:
        return explained
    why = _setting(pair.one, plan, of_finding, decisive)
    merged = pair.merged
    if merged is not None and difference.kind in (Kind.GAINED, Kind.LOST):
        where = "another finding before" if difference.kind is Kind.GAINED else "another one now"
        why += f"; it is part of {where}, {merged.id}"
    said_by = _grounds(difference)
    return f"{why}: {said_by}" if said_by else why


def _explained(difference: Difference) -> str:
    """Return by which finding a page is carried that would be one by its own tier."""
    before, after = difference.pair.before, difference.pair.after
    if not difference.is_page or before is None or after is None:
        return ""
    if before.tier != after.tier:
        return ""
    if is_page(before) and after.inhibited_by:
        return f"{after.inhibited_by} explains it now, and pages in its place"
    if is_page(after) and before.inhibited_by:
        return f"{before.inhibited_by} explained it, and does not any more"
    return ""


def _setting(finding: Finding, plan: Plan, of_finding: Lookup, decisive: Decisive) -> str:
    settings = of_finding(finding.detector, finding.service)
    alone = decisive.get(finding.id, ())
    chosen = [one for one in settings if one.name in alone] or list(settings)
    if chosen:
        joint = "or" if len(chosen) > 1 and alone else "and"
        words = listed([said(one) for one in chosen], joint=joint)
        head = "each by itself: " if len(chosen) > 1 and alone else ""
        return f"{head}{words}"
    if plan.elsewhere:
        shown = listed([f"`{path}`" for path in plan.elsewhere[:4]])
        more = len(plan.elsewhere) - 4
        return f"the catalogs differ in {shown}" + (f" and {more} more" if more > 0 else "")
    others = [one for one in plan.settings if one.detector == DISPROVES]
    if others:
        return f"what counts as a success: {DISPROVES} has {said(others[0])}"
    return "what explains it is another"


def _grounds(difference: Difference) -> str:
    """Return why a finding reached its tier, on the side that says more."""
    before, after = difference.pair.before, difference.pair.after
    if difference.kind in (Kind.LOST, Kind.QUIETER) and before is not None:
        return f"before, {before.reason}"
    if after is not None and after.reason:
        return after.reason
    return ""


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)

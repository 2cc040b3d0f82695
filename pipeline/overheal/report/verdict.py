"""What a report says first: one sentence that names what is wrong with what."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from overheal.report.parts import FindingPart, TotalsPart
from overheal.report.words import listed, number, plural, shorten

TIER_WORDS = {
    "critical": "needs somebody now",
    "actionable": "needs somebody soon",
    "informational": "worth knowing",
}
"""The tiers, loudest first, in words for people."""
_NAME = 100
"""Columns that a name may take of a sentence before it loses its middle."""
_NAMED = 4
"""How many findings a verdict names before it only counts."""


def headline(finding: FindingPart) -> str:
    """Return what is wrong with what, in a few plain words."""
    say = _PHRASES.get(finding.detector)
    said = say(finding) if say else ""
    return said or f"{thing(finding)}: {finding.detector.replace('_', ' ')}"


def thing(finding: FindingPart) -> str:
    """Return what a finding is about, by its title or else its service or scope."""
    name = finding.title or finding.service or finding.scope or "something"
    return shorten(name, _NAME)


def about(finding: FindingPart) -> str:
    """Return what a finding is about where its headline does not say so already."""
    shown = headline(finding)
    names = dict.fromkeys((thing(finding), shorten(finding.service, _NAME)))
    return ", ".join(name for name in names if name and name not in shown)


def verdict(findings: Sequence[FindingPart], totals: TotalsPart, recovered: int) -> str:
    """Return the first sentence of a report; `recovered` services were recovered automatically."""
    own = [one for one in findings if not one.inhibited_by and one.status in ("open", "resolved")]
    told = [one for one in own if one.tier != "informational"]
    urgent = [one for one in told if one.status == "open"]
    over = [one for one in told if one.status == "resolved"]
    minor = len(own) - len(told)
    if urgent:
        sentences = [_attention(urgent)]
        if over:
            sentences.append(f"Over by the end: {_named(over)}.")
    elif over:
        sentences = [f"Nothing needs attention any more. Over by the end: {_named(over)}."]
    else:
        sentences = [_calm(totals, recovered)]
    if minor:
        more = " more" if told else ""
        head = f"One{more} thing is" if minor == 1 else f"{number(minor)}{more} things are"
        sentences.append(f"{head} worth knowing.")
    return " ".join(sentences)


def _attention(urgent: Sequence[FindingPart]) -> str:
    critical = sum(one.tier == "critical" for one in urgent)
    verb = "needs" if len(urgent) == 1 else "need"
    head = f"{_counted(len(urgent))} {verb} attention"
    if critical == len(urgent):
        head += " now"
    elif critical:
        head += f", {number(critical)} of them now"
    return f"{head}: {_named(urgent)}."


def _named(findings: Sequence[FindingPart]) -> str:
    heads = [headline(one) for one in findings[:_NAMED]]
    rest = len(findings) - len(heads)
    return "; ".join([*heads, f"and {number(rest)} more"] if rest else heads)


def _counted(count: int) -> str:
    return "One thing" if count == 1 else plural(count, "thing")


def _calm(totals: TotalsPart, recovered: int) -> str:
    if not totals.stored:
        if totals.dead_letters:
            refused = plural(totals.dead_letters, "event")
            return f"Nothing could be judged: {refused} could not be read."
        return "Nothing could be judged: the input held no events."
    if not totals.recoveries:
        return "Nothing needs attention: no automated recovery was seen."
    seen = plural(totals.recoveries, "automated recovery", "automated recoveries")
    return (
        f"Nothing needs attention: {seen} of {plural(recovered, 'service')}, "
        "and nothing found behind them."
    )


def _frequency(finding: FindingPart) -> str:
    worst = finding.evidence.get("per_hour")
    if isinstance(worst, bool) or not isinstance(worst, int | float):
        return f"{thing(finding)} is recovered too often"
    return f"{thing(finding)} was recovered {number(worst)} times within an hour"


def _masked(finding: FindingPart) -> str:
    return f"{thing(finding)} keeps being recovered, faster and faster"


def _thrashing(finding: FindingPart) -> str:
    states = finding.evidence.get("states")
    values = finding.evidence.get("values")
    field = finding.evidence.get("field")
    seen: dict[str, None] = {}
    for entry in states if isinstance(states, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("state"), str):
            seen[entry["state"]] = None
    if len(seen) == 2:
        first, second = (shorten(state, 40) for state in seen)
        return f"{thing(finding)} flips between {first} and {second}"
    if isinstance(field, str) and field and values:
        return f"{shorten(field, _NAME)} of {thing(finding)} goes to and fro"
    return f"{thing(finding)} goes to and fro"


def _conflict(finding: FindingPart) -> str:
    wants = finding.evidence.get("wants")
    agents = finding.agents or (list(wants) if isinstance(wants, dict) else [])
    field = finding.evidence.get("field")
    what = shorten(finding.service or finding.title, _NAME)
    if len(agents) < 2 or not what:
        return ""
    if isinstance(field, str) and field:
        what = f"{shorten(field, _NAME)} of {what}"
    rest = len(agents) - 2
    agents = [shorten(agent, 60) for agent in (agents[:2] if rest > 1 else agents)]
    if rest > 1:
        agents.append(plural(rest, "other"))
    return f"{listed(agents)} fight over {what}"


def _ineffective(finding: FindingPart) -> str:
    if "returns_in_a_row" in finding.evidence:
        return f"{thing(finding)}: its recoveries succeed and do not last"
    if "policy" in finding.evidence:
        return f"policy {thing(finding)}: much of what it does is for nothing"
    return f"{thing(finding)}: the same attempt fails again and again"


_PHRASES: dict[str, Callable[[FindingPart], str]] = {
    "recovery_frequency": _frequency,
    "masked_degradation": _masked,
    "thrashing": _thrashing,
    "agent_conflict": _conflict,
    "ineffective_recovery": _ineffective,
}
"""Detectors whose findings read better in words of their own; others go by their names."""

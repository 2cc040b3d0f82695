"""What a report says first: one sentence that names what is wrong with what."""

from __future__ import annotations

from collections.abc import Sequence

from overheal.report.headlines import headline
from overheal.report.parts import FindingPart, TotalsPart
from overheal.report.words import number, plural

TIER_WORDS = {
    "critical": "needs somebody now",
    "actionable": "needs somebody soon",
    "informational": "worth knowing",
}
"""The tiers, loudest first, in words for people."""
_OVER = "over by the end"
_NAMED = 4
"""How many findings a verdict names before it only counts."""


def verdict(findings: Sequence[FindingPart], totals: TotalsPart, recovered: int) -> str:
    """Return the first sentence of a report; `recovered` services were recovered automatically."""
    own = [one for one in findings if not one.inhibited_by and one.status in ("open", "resolved")]
    told = [one for one in own if one.tier != "informational"]
    urgent = [one for one in told if one.status == "open"]
    over = [one for one in told if one.status == "resolved"]
    minor = len(own) - len(told)
    if urgent:
        sentences = [attention([(one.tier, headline(one)) for one in urgent])]
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


def asking(tier: str, findings: Sequence[FindingPart]) -> str:
    """Return what findings of a tier ask for; those that are all over ask for nothing any more."""
    over = tier != "informational" and all(one.status == "resolved" for one in findings)
    return _OVER if over else TIER_WORDS[tier]


def attention(urgent: Sequence[tuple[str, str]]) -> str:
    """Return how many things need attention and which, by their tiers and headlines."""
    critical = sum(tier == "critical" for tier, _ in urgent)
    verb = "needs" if len(urgent) == 1 else "need"
    head = f"{counted_things(len(urgent))} {verb} attention"
    if critical == len(urgent):
        head += " now"
    elif critical:
        head += f", {number(critical)} of them now"
    return f"{head}: {named_things([told for _, told in urgent])}."


def _named(findings: Sequence[FindingPart]) -> str:
    return named_things([headline(one) for one in findings])


def named_things(heads: Sequence[str]) -> str:
    """Return the first headlines beside each other, and how many more there are."""
    shown = list(heads[:_NAMED])
    rest = len(heads) - len(shown)
    return "; ".join([*shown, f"and {number(rest)} more"] if rest else shown)


def counted_things(count: int) -> str:
    """Return how many things there are, as a sentence begins."""
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

"""What the weekly report says first, to somebody who has never heard of any of it."""

from __future__ import annotations

from collections.abc import Sequence

from overheal.report.verdict import attention, named_things
from overheal.report.weekly.parts import (
    FollowUpPart,
    HiddenPart,
    LinePart,
    TopServicePart,
    WeekSeenPart,
)
from overheal.report.weekly.span import Span
from overheal.report.weekly.words import whose
from overheal.report.words import number, plural
from overheal.state.words import percent

MEANING = (
    "A recovery is a restart, a failover or the like that automation did because something had "
    "failed. Each may be fine. Many of the same one mean that something is broken, and that "
    "nobody sees it because it keeps being repaired."
)


def verdict(
    span: Span,
    recoveries: int,
    services: int,
    before: int | None,
    found: Sequence[LinePart],
) -> str:
    """Return how much automation recovered, what needs attention, and what did and is over.

    `found` are the findings of the span at actionable or above that nothing explains, the loudest
    first, whomever they are about.
    """
    so_far = "" if span.over else " so far"
    times = "once" if recoveries == 1 else f"{number(recoveries)} times"
    what = "one service" if services == 1 else f"{number(services)} services"
    head = f"Automation recovered {what} {times} in {span.words}{so_far}"
    said = [f"{head}{_against(recoveries, before, span)}."]
    if not recoveries:
        said = [f"Automation recovered nothing in {span.words}{so_far}."]
    lasting = [(one.tier, one.headline) for one in found if one.status == "open"]
    over = [one.headline for one in found if one.status != "open"]
    if lasting:
        said.append(attention(lasting))
    elif over:
        said.append("Nothing needs attention any more.")
    elif recoveries:
        said.append("No finding says that it hides anything.")
    if over:
        said.append(f"Over by now: {named_things(over)}.")
    return " ".join(said)


def lead(
    overdue: Sequence[FollowUpPart], hidden: HiddenPart, top: Sequence[TopServicePart]
) -> list[str]:
    """Return what else belongs on the first screen: one sentence each."""
    lines = [MEANING]
    if overdue:
        longest = max(one.overdue_days for one in overdue)
        asked = plural(len(overdue), "question")
        verb = "is" if len(overdue) == 1 else "are"
        late = f", the longest {plural(longest, 'day')} overdue" if longest else ""
        lines.append(f"{asked} of earlier weeks {verb} unanswered{late}.")
    if hidden.count:
        verb = "incident was" if hidden.count == 1 else "incidents were"
        lines.append(
            f"{number(hidden.count)} {verb} felt by users and told to nobody, because automation "
            "repaired them."
        )
    if top and top[0].share >= 0.5 and len(top) > 1:
        lines.append(f"{percent(top[0].share)} of all recoveries were of {whose(top[0])} alone.")
    return lines


def nothing(span: Span, weeks: Sequence[WeekSeenPart]) -> str:
    """Return the verdict on a span of which nothing is stored, and where there is something."""
    head = f"Nothing is known of {span.words}: no event of it is stored."
    if not weeks:
        return f"{head} The store holds no events at all."
    names = [one.week for one in weeks]
    if len(names) == 1:
        return f"{head} Events are stored of {names[0]}; ask for it with --week {names[0]}."
    return (
        f"{head} Events are stored of {plural(len(names), 'week')}, {names[0]} to {names[-1]}; ask "
        f"for the last with --week {names[-1]}."
    )


def _against(recoveries: int, before: int | None, span: Span) -> str:
    if not before:
        return ""
    ratio = recoveries / before
    if 0.9 < ratio < 1.1:
        return f", about as often as {span.earlier}"
    if ratio >= 1.95:
        return f", {number(round(ratio, 1))} times as often as {span.earlier}"
    return f", {percent(abs(ratio - 1))} {'more' if ratio > 1 else 'fewer'} than {span.earlier}"

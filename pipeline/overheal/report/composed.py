"""Evidence of several parts that belong together: series, paths, agents with what each did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from overheal.report.amounts import LISTED, Fact, amount, name_of, said
from overheal.report.parts import FindingPart
from overheal.report.words import clock_beside, duration, parse_instant, plural
from overheal.state.words import listed, percent

_SECONDS = ("prior_uptime", "time_to_recover")
"""Signs that are durations; others have the unit of whoever measures them."""


def _wants(value: Any, finding: FindingPart) -> list[Fact] | None:
    if not isinstance(value, Mapping):
        return None
    told = []
    for agent, wanted in value.items():
        every = wanted if isinstance(wanted, list) else [wanted]
        words = [said("", one, finding) for one in every[:LISTED]]
        if len(every) > LISTED:
            words.append(plural(len(every) - LISTED, "other"))
        told.append(Fact(f"{agent} wants", listed(words, joint="or")))
    return told


def _gaps(value: Any, _finding: FindingPart) -> list[Fact] | None:
    if not isinstance(value, list):
        return None
    seconds = [
        gap["seconds"]
        for gap in value
        if isinstance(gap, Mapping) and isinstance(gap.get("seconds"), int | float)
    ]
    if not seconds:
        return []
    if len(seconds) == 1:
        return [Fact("gap", duration(seconds[0]))]
    return [Fact("gaps", f"{duration(seconds[0])} at first, {duration(seconds[-1])} at last")]


def _projection(value: Any, finding: FindingPart) -> list[Fact] | None:
    if not isinstance(value, Mapping):
        return None
    at, near = parse_instant(value.get("at")), parse_instant(finding.last_at)
    if at is None:
        return []
    meaning = value.get("meaning")
    what = f"{meaning} from " if isinstance(meaning, str) and meaning else ""
    if near is not None and at <= near:
        return [Fact("reached", f"{what}{clock_beside(at, near)} on")]
    text = f"{what}about {clock_beside(at, near)}"
    low, high = parse_instant(value.get("low")), parse_instant(value.get("high"))
    if low is not None and high is not None and low < high:
        text += f" ({clock_beside(low, at)} to {clock_beside(high, at)})"
    return [Fact("projected", text)]


def _entries(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _several(told: list[Fact], what: str) -> list[Fact]:
    rest = len(told) - LISTED
    return [*told[:LISTED], Fact("besides", plural(rest, what))] if rest > 0 else told


def _deeds(value: Any, _finding: FindingPart) -> list[Fact] | None:
    """Tell what each of several agents did, and why: `agent · mandate`, deeds, where, by whom."""
    told = []
    for one in _entries(value):
        mandate, did = one.get("mandate"), ", ".join(map(str, one.get("did") or ()))
        where = listed([str(name) for name in one.get("services") or ()])
        through = listed([str(name) for name in one.get("through") or ()])
        text = did or "acted"
        text += f" ({where})" if where else ""
        text += f", through {through}" if through else ""
        who = f"{one.get('agent')}, for {mandate}" if mandate else str(one.get("agent"))
        told.append(Fact(who, text))
    return _several(told, "other agent") if told else None


def _chain(value: Any, finding: FindingPart) -> list[Fact] | None:
    """Tell a path of steps, each with its time."""
    told = []
    for step, one in enumerate(_entries(value), start=1):
        at = parse_instant(one.get("at"))
        when = "" if at is None else f" at {clock_beside(at, parse_instant(finding.last_at))}"
        did = f"{one.get('agent')}: {one.get('action')} of {one.get('service')}"
        told.append(Fact(f"step {step}", f"{did}{when}"))
    return _several(told, "more step") if told else None


def _root(value: Any, _finding: FindingPart) -> list[Fact] | None:
    """Leave out the root of a chain, which is its first step."""
    return [] if isinstance(value, Mapping) else None


def _links(value: Any, _finding: FindingPart) -> list[Fact] | None:
    """Tell by what the links of a chain are known, and how sure inferred ones are."""
    links = _entries(value)
    if not links:
        return None
    counts: dict[str, int] = {}
    for one in links:
        by = str(one.get("by"))
        counts[by] = counts.get(by, 0) + 1
    told = [Fact("links known by", ", ".join(f"{by} ({many})" for by, many in counts.items()))]
    sure = [
        f"{one.get('from')} to {one.get('to')} ({percent(one['confidence'])} sure)"
        for one in links
        if one.get("by") == "inferred" and isinstance(one.get("confidence"), int | float)
    ]
    return [*told, Fact("inferred", ", ".join(sure[:LISTED]))]


def _silences(value: Any, finding: FindingPart) -> list[Fact] | None:
    """Tell since when each agent is silent, and how long it might have been."""
    told = []
    for one in _entries(value):
        at, longest = parse_instant(one.get("since_at")), one.get("plausible_seconds")
        text = "" if at is None else f"since {clock_beside(at, parse_instant(finding.last_at))}"
        if isinstance(longest, int | float):
            text += f"; {duration(longest)} would be ordinary"
        text += ", and reports again" if one.get("back") is True else ""
        told.append(Fact(f"{one.get('agent')} silent", text))
    return _several(told, "more agent") if told else None


def _of_agent(value: Any, _finding: FindingPart) -> list[Fact] | None:
    """Tell how much was seen of all that one agent does."""
    if not isinstance(value, Mapping) or not isinstance(value.get("share"), int | float):
        return None
    services, share = value.get("services"), percent(value["share"])
    over = f" of {plural(services, 'service')}" if isinstance(services, int) else ""
    return [Fact(f"seen of {value.get('agent')}", f"{share}{over}")]


def _signs(value: Any, _finding: FindingPart) -> list[Fact] | None:
    """Tell what each sign was at first and is now."""
    if not isinstance(value, Mapping):
        return None
    told = []
    for name, one in value.items():
        first, last = (one.get("at_first"), one.get("now")) if isinstance(one, Mapping) else (0, "")
        if not isinstance(first, int | float) or not isinstance(last, int | float):
            return None
        unit = "seconds" if name in _SECONDS else ""
        told.append(
            Fact(name_of(str(name)), f"{amount(unit, first)} at first, {amount(unit, last)} now")
        )
    return told


def _mandates(value: Any, finding: FindingPart) -> list[Fact] | None:
    """Leave out what each agent is for where that stands beside what it did."""
    told = isinstance(value, Mapping) and _entries(finding.evidence.get("agents"))
    return [] if told else None


COMPOSED: dict[str, Callable[[Any, FindingPart], list[Fact] | None]] = {
    "wants": _wants,
    "gaps": _gaps,
    "projection": _projection,
    "agents": _deeds,
    "path": _chain,
    "root": _root,
    "links": _links,
    "silent": _silences,
    "agent": _of_agent,
    "mandates": _mandates,
    "signs": _signs,
}
"""By the name in the evidence; None where it is not of the shape that is expected."""

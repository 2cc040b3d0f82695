"""What is wrong with what, in a few plain words: the headline of a finding."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from overheal.report.parts import FindingPart
from overheal.report.words import number, placed, plural, shorten
from overheal.state.words import listed, percent

_NAME = 100
"""Columns that a name may take of a sentence before it loses its middle."""
_AMONG = 60
"""The same where several names stand beside each other."""


def headline(finding: FindingPart) -> str:
    """Return what is wrong with what, in a few plain words, and where outside of production."""
    say = _PHRASES.get(finding.detector)
    said = say(finding) if say else ""
    said = said or f"{thing(finding)}: {finding.detector.replace('_', ' ')}"
    return placed(said, shorten(finding.environment, _AMONG))


def thing(finding: FindingPart) -> str:
    """Return what a finding is about, by its title or else its service or scope."""
    name = finding.title or finding.service or finding.scope or "something"
    return shorten(name, _NAME)


def about(finding: FindingPart) -> str:
    """Return what a finding is about where its headline does not say so already."""
    shown = headline(finding)
    names = dict.fromkeys((thing(finding), shorten(finding.service, _NAME)))
    return ", ".join(name for name in names if name and name not in shown)


def _word(finding: FindingPart, key: str) -> str:
    """Return a word of the evidence, `""` where there is none."""
    value = finding.evidence.get(key)
    return shorten(value, _NAME) if isinstance(value, str) else ""


def _amount(finding: FindingPart, key: str) -> float | None:
    value = finding.evidence.get(key)
    return None if isinstance(value, bool) or not isinstance(value, int | float) else value


def _words(finding: FindingPart, key: str) -> list[str]:
    value = finding.evidence.get(key)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _named(names: Sequence[str]) -> str:
    """Return up to three names, of more the first two and how many others there are."""
    rest = len(names) - 2
    shown = [shorten(name, _AMONG) for name in (names[:2] if rest > 1 else names)]
    return listed([*shown, plural(rest, "other")] if rest > 1 else shown)


def _agent(finding: FindingPart) -> str:
    return shorten(finding.agents[0], _AMONG) if finding.agents else "somebody"


def _frequency(finding: FindingPart) -> str:
    worst = _amount(finding, "per_hour")
    if worst is None:
        return f"{thing(finding)} is recovered too often"
    return f"{thing(finding)} was recovered {number(worst)} times within an hour"


def _masked(finding: FindingPart) -> str:
    if "value_now" in finding.evidence:
        return f"{thing(finding)} keeps being recovered, and gets worse"
    if finding.evidence.get("course") == "step":
        return f"{thing(finding)} keeps being recovered, much more often than before"
    return f"{thing(finding)} keeps being recovered, faster and faster"


def _thrashing(finding: FindingPart) -> str:
    states, field = finding.evidence.get("states"), _word(finding, "field")
    seen: dict[str, None] = {}
    for entry in states if isinstance(states, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("state"), str):
            seen[entry["state"]] = None
    if len(seen) == 2:
        first, second = (shorten(state, 40) for state in seen)
        return f"{thing(finding)} flips between {first} and {second}"
    if field and finding.evidence.get("values"):
        return f"{field} of {thing(finding)} goes to and fro"
    return f"{thing(finding)} goes to and fro"


def _conflict(finding: FindingPart) -> str:
    wants = finding.evidence.get("wants")
    agents = finding.agents or (list(wants) if isinstance(wants, Mapping) else [])
    targets, what = _amount(finding, "target_count"), shorten(finding.service, _NAME)
    if targets is not None:
        what = f"{number(targets)} targets"
    elif group := _word(finding, "group"):
        what = f"the {group} of {thing(finding)}"
    elif field := _word(finding, "field"):
        what = f"{field} of {what or thing(finding)}"
    if len(agents) < 2 or not (what or finding.title):
        return ""
    return f"{_named(agents)} fight over {what or thing(finding)}"


def _hazard(finding: FindingPart) -> str:
    where = {"target": "on", "dependency": "around"}.get(_word(finding, "shared_by"), "in")
    if len(finding.agents) < 2:
        return ""
    return f"{_named(finding.agents)} act at the same time {where} {thing(finding)}"


def _undone(finding: FindingPart) -> str:
    by, author, field = (_word(finding, key) for key in ("undone_by", "declared_by", "field"))
    if not by or not author:
        return f"{thing(finding)}: automation takes back what was set on purpose"
    what = f"{field} of {thing(finding)}" if field else thing(finding)
    return f"{by} takes back what {author} set on purpose: {what}"


def _stale_basis(finding: FindingPart) -> str:
    who = _word(finding, "agent") or _agent(finding)
    target = _word(finding, "target") or thing(finding)
    harm = finding.evidence.get("harm")
    if harm == "removes":
        return f"{who} removes {target}, which is in use, on an outdated view"
    if harm == "reverts":
        return f"{who} puts an older value back on {target}, on an outdated view"
    return f"{who} overwrites {target} on an outdated view"


def _ineffective(finding: FindingPart) -> str:
    if "returns_in_a_row" in finding.evidence:
        return f"{thing(finding)}: its recoveries succeed and do not last"
    if "policy" in finding.evidence:
        return f"policy {thing(finding)}: much of what it does is for nothing"
    return f"{thing(finding)}: the same attempt fails again and again"


def _disagreement(finding: FindingPart) -> str:
    where = f" for {thing(finding)}" if finding.service else ""
    return f"{_agent(finding)} acts{where} although the signals contradict each other"


_RULES = {
    "autonomy": "acts above the autonomy it is allowed",
    "rejected": "acts although it was rejected",
    "approval": "acts without the approval it needs",
    "failed_check": "acts although a policy check failed",
    "missing_check": "acts without a required policy check",
    "confidence": "acts though less confident than it has to be",
    "boundary": "acts outside its boundaries",
}


def _breach(finding: FindingPart) -> str:
    rules = finding.evidence.get("rules")
    broken = [rule for rule in rules if rule in _RULES] if isinstance(rules, Mapping) else []
    did = _RULES[broken[0]] if len(broken) == 1 else "acts beyond what it is allowed"
    where = f": {thing(finding)}" if finding.service else ""
    return f"{_agent(finding)} {did}{where}"


def _out_of_order(finding: FindingPart) -> str:
    declared = _words(finding, "declared")
    if not declared:
        return f"{thing(finding)} is not recovered as declared"
    if finding.evidence.get("breach") == "order":
        return f"{thing(finding)} is recovered before {_named(declared)}, which has to come first"
    did = _word(finding, "recovery") or "something else"
    return f"{thing(finding)} is recovered by {did} where {_named(declared)} is declared"


_HALVES = {
    "unfinished": "begins what it does not end",
    "unstarted": "ends what it never began",
    "early": "acts before it says that it will",
    "backwards": "ends what it begins only later",
}


def _incomplete(finding: FindingPart) -> str:
    kinds = finding.evidence.get("kinds")
    seen = [kind for kind in kinds if kind in _HALVES] if isinstance(kinds, Mapping) else []
    did = _HALVES[seen[0]] if len(seen) == 1 else "leaves actions half told"
    where = f": {thing(finding)}" if finding.service else ""
    return f"{_agent(finding)} {did}{where}"


_MOVED = {"restartCount": "restarts", "generation": "changes"}


def _silent(finding: FindingPart) -> str:
    share, counter = _amount(finding, "share"), _word(finding, "counter")
    if share is not None and counter:
        what = f"{_MOVED.get(counter, counter)} of {thing(finding)}"
        return f"events tell of only {percent(share)} of the {what}"
    return f"{_named(finding.agents)} stopped reporting" if finding.agents else ""


def _stale_policy(finding: FindingPart) -> str:
    if path := _word(finding, "path"):
        return f"{thing(finding)}: nobody knows whether the recovery path {path} still works"
    policy = _word(finding, "policy") or "a policy"
    return f"policy {policy} is older than what it acts on: {thing(finding)}"


def _drill(finding: FindingPart) -> str:
    return f"automation touched {thing(finding)} in a drill that was to go without"


def _cascade(finding: FindingPart) -> str:
    root, reached = finding.evidence.get("root"), _amount(finding, "service_count")
    parts = root if isinstance(root, Mapping) else {}
    agent, action = (shorten(str(parts.get(key) or ""), _AMONG) for key in ("agent", "action"))
    what = f"{action} of {thing(finding)}" if action else thing(finding)
    who = f" by {agent}" if agent else ""
    far = f" over {number(reached)} services" if reached is not None else ""
    return f"{what}{who} set off a chain of actions{far}"


def _mass(finding: FindingPart) -> str:
    targets = _amount(finding, "targets")
    many = "unusually many" if targets is None else number(targets)
    return f"{thing(finding)} acts on {many} targets at once"


_PHRASES: dict[str, Callable[[FindingPart], str]] = {
    "recovery_frequency": _frequency,
    "masked_degradation": _masked,
    "thrashing": _thrashing,
    "agent_conflict": _conflict,
    "compound_hazard": _hazard,
    "undo_of_intent": _undone,
    "stale_basis": _stale_basis,
    "ineffective_recovery": _ineffective,
    "signal_disagreement": _disagreement,
    "authority_breach": _breach,
    "out_of_order_recovery": _out_of_order,
    "incomplete_action": _incomplete,
    "silent_automation": _silent,
    "stale_policy": _stale_policy,
    "automation_in_drill": _drill,
    "cascade": _cascade,
    "mass_action": _mass,
}
"""How each detector's findings are headed; others go by their names."""

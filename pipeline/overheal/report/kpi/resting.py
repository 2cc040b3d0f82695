"""What a KPI's value rests on, in words."""

from __future__ import annotations

from overheal.report.words import number, plural


def rests_on(name: str, unit: str, numerator: float, denominator: float) -> list[str]:
    """Return of how many a share is, or over how many a time is taken; nothing for other units.

    >>> rests_on("auto_recovery_success", "share", 285, 295)
    ['285 of 295']
    >>> rests_on("mttr", "seconds", 12, 295)
    ['over 295 episodes, timed from a symptom in 12']
    >>> rests_on("mttr", "seconds", 0, 1)
    ['over 1 episode, timed from its first recovery']
    >>> rests_on("automation_cost", "seconds", 2, 297)
    ['told by 2 of 297 recoveries']
    >>> rests_on("autonomy_time", "seconds", 86_400, 26)
    ['26 agents, one that acts on several services for each of them']
    >>> rests_on("autonomy_time", "seconds", 86_400, 1)
    ['1 agent on 1 service']
    """
    if not denominator:
        return []
    if unit == "share":
        return [f"{number(numerator)} of {number(denominator)}"]
    if name == "mttr":
        many, symptoms = round(denominator), round(numerator)
        whose = "its" if many == 1 else "their"
        start = {0: f"{whose} first recovery", many: "a symptom"}.get(
            symptoms, f"a symptom in {symptoms:,}"
        )
        return [f"over {plural(many, 'episode')}, timed from {start}"]
    if unit == "seconds":
        if name == "autonomy_time":
            return [_acting(round(denominator))]
        every = plural(round(denominator), "recovery", "recoveries")
        return [f"told by {round(numerator):,} of {every}"]
    return []


def _acting(many: int) -> str:
    if many == 1:
        return "1 agent on 1 service"
    return f"{many:,} agents, one that acts on several services for each of them"

"""The sentence and the numbers of a `masked_degradation` finding about gaps."""

from __future__ import annotations

from overheal.detect.masked_degradation import worsening
from overheal.detect.masked_degradation.service import Service
from overheal.detect.masked_degradation.settings import DegradationSettings
from overheal.model import MICROSECOND, Finding
from overheal.state.projection import project
from overheal.state.scale import Scale
from overheal.state.words import clock, span


def describe(
    finding: Finding, service: Service, scale: Scale, kind: str, settings: DegradationSettings
) -> None:
    """Say how often, since when, how much faster, how sure, and when it will fail for good."""
    baseline, now = scale.baseline, scale.pace
    evidence = finding.evidence
    evidence |= {
        "scale": kind,
        "baseline_gap_seconds": round(baseline, 3),
        "recent_gap_seconds": round(now, 3),
        "rate_ratio": round(min(baseline / max(now, 1e-9), 1e9), 2),
        "error_spent": scale.test.alpha,
        "chance_at_most": scale.test.error,
        "reported_failed": 0,
        "gaps": [
            {"at": end, "seconds": round(gap, 3)}
            for end, gap in zip(scale.ends, scale.gaps, strict=True)
        ],
    }
    each = ""
    if service.replicas[0]:
        evidence["replicas_at_first"], evidence["replicas_now"] = service.replicas
        each = " per replica"
    outlook = _outlook(finding, scale, settings)
    finding.summary = (
        f"{service.name} was recovered {finding.count:,} times, no recovery was reported as "
        f"failed, and {_course(finding, scale, each)}. {_vitals(finding, service)}{outlook}"
    )
    finding.next_step = (
        f"Treat it as one failure that recovery postpones: look for what grows in "
        f"{service.name} ({service.condition})."
    )


def _course(finding: Finding, scale: Scale, each: str) -> str:
    """Tell a step from a trend, since when it is so, and what would have been expected."""
    verdict, newest = scale.verdict, scale.paces[-1]
    if verdict is None:
        raise RuntimeError("a finding without a verdict")
    seen, expected = scale.faster, scale.faster_pace / max(verdict.before, 1e-9)
    finding.evidence |= {
        "course": verdict.kind,
        "changed_at": verdict.since,
        "gap_after_change_seconds": round(verdict.after, 3),
        "seen_since_change": seen,
        "expected_since_change": round(expected, 1),
    }
    if verdict.kind == "step":
        return (
            f"since {clock(verdict.since)} they come {verdict.ratio:.1f} times as often: "
            f"{span(verdict.before)} apart{each} before, {span(verdict.after)} apart{each} since "
            f"({seen:,} where {expected:.1f} were to be expected)"
        )
    return (
        f"they come faster and faster: {span(scale.baseline)} apart{each} at first, "
        f"{span(newest)} apart{each} now"
    )


def _outlook(finding: Finding, scale: Scale, settings: DegradationSettings) -> str:
    """Put the projected end on the finding, and say when it is or was."""
    meaning = f"recoveries {span(settings.continuous_seconds)} apart or closer"
    if reached := scale.reached_at:
        finding.evidence["reached_at"] = reached
        finding.evidence["projection"] = {
            "at": reached,
            "low": reached,
            "high": reached,
            "meaning": meaning,
        }
        told = f"Since {clock(reached)} it has in effect failed continuously"
        if not scale.foretold_at:
            return f"{told}."
        decided = finding.tier_history[0].at if finding.tier_history else scale.first_at
        finding.evidence |= {"foretold_at": decided, "projected_then_at": scale.foretold_at}
        return f"{told}; at {clock(decided)} that was projected for {clock(scale.foretold_at)}."
    found = project(scale.gaps, settings.continuous_seconds)
    if found is None:
        return "No end can be projected yet."
    last = scale.last_at
    at, low = last + int(found.seconds * MICROSECOND), last + int(found.low * MICROSECOND)
    high = None if found.high is None else last + int(found.high * MICROSECOND)
    finding.evidence["projection"] = {"at": at, "low": low, "high": high, "meaning": meaning}
    latest = f"and {clock(high)}" if high is not None else "and never"
    return (
        f"Projected to fail continuously by {clock(at)} (nine in ten: between {clock(low)} "
        f"{latest})."
    )


def _vitals(finding: Finding, service: Service) -> str:
    """Say what else gets worse: shorter uptimes, longer recoveries, growing measures."""
    signs = worsening.told(service)
    finding.evidence |= worsening.evidence(service)
    told = []
    uptimes, durations = service.uptimes.change(), service.durations.change()
    if uptimes and uptimes[1] <= uptimes[0] / 2:
        finding.evidence["uptime_at_first_seconds"], finding.evidence["uptime_now_seconds"] = (
            uptimes
        )
        told.append(f"it ran {span(uptimes[0])} before a recovery and now {span(uptimes[1])}")
    if durations and durations[1] >= max(2 * durations[0], 1.0):
        finding.evidence["recovery_at_first_seconds"] = durations[0]
        finding.evidence["recovery_now_seconds"] = durations[1]
        told.append(f"a recovery took {span(durations[0])} and now {span(durations[1])}")
    said = {phrase[:10] for phrase in told}
    told += [phrase for phrase in signs if phrase[:10] not in said]
    return f"Also, {' and '.join(told)}. " if told else ""

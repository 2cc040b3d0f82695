"""What differs, as the document that is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from overheal.model import Finding
from overheal.report import backtest_parts as parts
from overheal.report.document import finding_part
from overheal.report.headlines import headline
from overheal.report.parts import Window
from overheal.report.words import rfc3339
from overheal.run.backtest.comparing import Difference, Pair, is_page, paged_at
from overheal.run.backtest.labelled import Score, Scores
from overheal.run.backtest.plan import Plan, Setting
from overheal.stages.roots import stands
from overheal.store.past import StoredPlace


def backtest(
    *,
    plan: Plan,
    stretch: tuple[int, int],
    places: Sequence[StoredPlace],
    pairs: Sequence[Pair],
    found: Sequence[tuple[Difference, str]],
    scores: Scores | None,
    verdicts: Mapping[str, str],
    notes: Sequence[str],
) -> parts.Backtest:
    """Return the document; `found` are differences with their reasons."""
    told = [(one, difference(one, why, verdicts)) for one, why in found]
    pages = [part for one, part in told if one.is_page]
    findings = [part for one, part in told if not one.is_page]
    return parts.Backtest(
        window=window(stretch),
        events=sum(place.events for place in places),
        services=len({(place.environment, place.service) for place in places if place.service}),
        detectors=sorted(plan.judged),
        settings=[setting(one) for one in plan.settings],
        catalog=list(plan.elsewhere),
        pages=pages,
        findings=findings,
        page_counts=_counts(
            sum(is_page(pair.before) for pair in pairs),
            sum(is_page(pair.after) for pair in pairs),
            pages,
        ),
        finding_counts=_counts(
            sum(pair.before is not None and stands(pair.before) for pair in pairs),
            sum(pair.after is not None and stands(pair.after) for pair in pairs),
            findings,
        ),
        labels=None if scores is None else _labels(scores),
        notes=list(notes),
    )


def window(stretch: tuple[int, int]) -> Window:
    """Return the span of events that was replayed; its end is that of the last one."""
    return Window(start=rfc3339(stretch[0]), end=rfc3339(stretch[1] - 1))


def setting(one: Setting) -> parts.SettingPart:
    """Return a setting that differs."""
    return parts.SettingPart(
        detector=one.detector,
        name=one.name,
        service=one.service or None,
        before=one.before,
        after=one.after,
    )


def difference(one: Difference, reason: str, verdicts: Mapping[str, str]) -> parts.DifferencePart:
    """Return one difference."""
    pair, finding = one.pair, one.pair.one
    said = (verdicts.get(side.id) for side in (pair.before, pair.after) if side is not None)
    return parts.DifferencePart(
        kind=one.kind.value,
        detector=finding.detector,
        service=finding.service or None,
        environment=finding.environment,
        title=headline(finding_part(finding, finding.inhibited_by)),
        before=_side(pair.before, is_page=one.is_page),
        after=_side(pair.after, is_page=one.is_page),
        seconds_later=one.seconds,
        reason=reason,
        label=next((verdict for verdict in said if verdict), None),
    )


def _side(finding: Finding | None, *, is_page: bool) -> parts.SidePart | None:
    if finding is None:
        return None
    at = paged_at(finding) if is_page else finding.detected_at
    return parts.SidePart(
        id=finding.id,
        tier=finding.tier.word,
        at=rfc3339(at),
        first_at=rfc3339(finding.first_at),
        last_at=rfc3339(finding.last_at),
        status=finding.status.value,
        reason=finding.reason,
        summary=finding.summary,
        inhibited_by=finding.inhibited_by or None,
        member_count=finding.member_count,
    )


def _counts(before: int, after: int, found: Sequence[parts.DifferencePart]) -> parts.CountsPart:
    kinds = Counter(one.kind for one in found)
    return parts.CountsPart(
        before=before,
        after=after,
        gained=kinds["gained"],
        lost=kinds["lost"],
        earlier=kinds["earlier"],
        later=kinds["later"],
        louder=kinds["louder"],
        quieter=kinds["quieter"],
    )


def _labels(scores: Scores) -> parts.LabelsPart:
    return parts.LabelsPart(
        useful=scores.useful,
        noise=scores.noise,
        missed=scores.missed,
        elsewhere=scores.elsewhere,
        before=_score(scores.before),
        after=_score(scores.after),
    )


def _score(score: Score) -> parts.ScorePart:
    return parts.ScorePart(
        labelled_pages=score.useful + score.noise,
        useful=score.useful,
        noise=score.noise,
        precision=score.precision,
        missed_caught=score.caught,
    )

"""What labels say about both sides: how many useful pages are kept, and how much noise."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from overheal.model import MINUTE, Finding
from overheal.run.backtest.comparing import Pair, is_page, paged_at
from overheal.stages.roots import stands
from overheal.store.labels import MISSED, USEFUL, Label

AROUND = 15 * MINUTE
"""How long after somebody should have known a page still counts, and before, how long it lasts."""


@dataclass(frozen=True)
class Score:
    """What the labels say of one side; `precision` is None where no page of it is labelled.

    `caught` counts what was missed and what a page speaks of; `told` labelled findings that are
    found at all.
    """

    pages: int
    useful: int
    noise: int
    caught: int

    @property
    def precision(self) -> float | None:
        """The share of useful pages among labelled ones."""
        judged = self.useful + self.noise
        return self.useful / judged if judged else None


@dataclass(frozen=True)
class Scores:
    """Both sides, over how many labels of each kind; `elsewhere` labels fit nothing judged here."""

    before: Score
    after: Score
    useful: int
    noise: int
    missed: int
    elsewhere: int


def scores(
    labels: Sequence[Label],
    found: Collection[Finding],
    pairs: Sequence[Pair],
    window: tuple[int, int],
) -> Scores:
    """Return what labels say; `found` are the findings as the store has them.

    A label belongs to the pair of the finding's id, or else to the pair about the same whose span
    overlaps the finding's. `window` bounds what was missed (microseconds UTC).
    """
    known = {one.id: one for one in found}
    verdicts: dict[int, str] = {}
    elsewhere = 0
    for label in labels:
        if label.verdict == MISSED:
            continue
        at = pair_of(label.id, known, pairs)
        if at is None:
            elsewhere += 1
        else:
            verdicts[at] = label.verdict
    missed = [
        one
        for one in labels
        if one.verdict == MISSED and one.at is not None and window[0] <= one.at < window[1]
    ]
    sides = []
    for side in ("before", "after"):
        pages = [
            (at, finding)
            for at, pair in enumerate(pairs)
            if (finding := getattr(pair, side)) is not None and is_page(finding)
        ]
        useful = sum(verdicts.get(at) == USEFUL for at, _ in pages)
        noise = sum(at in verdicts for at, _ in pages) - useful
        caught = sum(any(speaks_of(page, one) for _, page in pages) for one in missed)
        sides.append(Score(len(pages), useful, noise, caught))
    useful = sum(verdict == USEFUL for verdict in verdicts.values())
    return Scores(sides[0], sides[1], useful, len(verdicts) - useful, len(missed), elsewhere)


def speaks_of(page: Finding, missed: Label) -> bool:
    """Return whether a page would have told somebody of what was missed, in time."""
    assert missed.at is not None
    return (
        missed.service in (page.service, page.service.rpartition("/")[2])
        and missed.environment in ("", page.environment)
        and paged_at(page) <= missed.at + AROUND
        and page.last_at >= missed.at - AROUND
    )


def pair_of(finding_id: str, known: dict[str, Finding], pairs: Sequence[Pair]) -> int | None:
    """Return the place of the pair that a stored finding is, None where there is none."""
    stored = known.get(finding_id)
    for at, pair in enumerate(pairs):
        if finding_id in {one.id for one in (pair.before, pair.after) if one is not None}:
            return at
    if stored is None:
        return None
    for at, pair in enumerate(pairs):
        for one in (pair.before, pair.after):
            if one is not None and stands(one) and _same(one, stored):
                return at
    return None


def _same(one: Finding, other: Finding) -> bool:
    return (
        (one.detector, one.environment, one.subject)
        == (other.detector, other.environment, other.subject)
        and one.first_at <= other.last_at
        and other.first_at <= one.last_at
    )

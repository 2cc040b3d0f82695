"""Taking an acknowledgement of a finding, or of what a weekly report asked."""

from __future__ import annotations

from dataclasses import dataclass

from overheal.errors import InputError
from overheal.report.document import finding_part
from overheal.report.headlines import headline
from overheal.report.presentable import presentable_finding
from overheal.report.words import shorten
from overheal.run.found import one_id
from overheal.store import Acknowledgement, Store

FINDING, FOLLOW_UP = "finding", "follow_up"


@dataclass(frozen=True)
class Acknowledged:
    """What was acknowledged, in words: `about` it, by whom before, and whether that was new."""

    given: Acknowledgement
    about: str
    earlier: tuple[Acknowledgement, ...]
    new: bool


def acknowledge(
    store: Store, asked: str, *, by: str, found: str, author: str, now: int
) -> Acknowledged:
    """Record that `by` has seen what has the id `asked` (or the only one that begins so).

    The same words of the same person are taken once. `now` is microseconds UTC. Raises
    `InputError` for an id that is nobody's, naming the nearest, and for a follow-up that is
    answered without saying what was found.
    """
    findings = {one.id: one for one in store.findings()}
    follow_ups = {one.id: one for one in store.follow_ups()}
    ident = one_id(
        [*findings, *follow_ups],
        asked,
        "finding or follow-up",
        "`overheal findings list` shows the findings, `overheal report weekly` the follow-ups",
    )
    kind = FINDING if ident in findings else FOLLOW_UP
    if kind == FOLLOW_UP and not found:
        raise InputError(
            f'{ident} asks what was found; say it with --found "…", even if it was nothing'
        )
    if kind == FINDING:
        part = presentable_finding(finding_part(findings[ident], findings[ident].inhibited_by))
        about = headline(part)
    else:
        question = follow_ups[ident]
        about = f"{shorten(question.service, 80)} in {question.week}"
    given = [one for one in store.acknowledgements() if one.id == ident]
    same = [one for one in given if (one.by, one.found) == (by, found)]
    if same:
        earlier = tuple(one for one in given if one is not same[0])
        return Acknowledged(same[0], about, earlier, new=False)
    one = Acknowledgement(id=ident, kind=kind, at=now, by=by, found=found, author=author)
    store.write_acknowledgements([one])
    return Acknowledged(one, about, tuple(given), new=True)

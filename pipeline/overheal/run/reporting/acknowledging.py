"""Taking an acknowledgement of a finding, or of what a weekly report asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from overheal.errors import InputError, StoreError
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


@dataclass(frozen=True)
class Said:
    """Who says what of the id `asked` (or the only one that begins so), at `now` (µs UTC)."""

    asked: str
    by: str
    found: str
    author: str
    now: int


Tell = Callable[[Acknowledgement], None]


def acknowledge(store: Store, said: Said, tell: Tell | None = None) -> Acknowledged:
    """Record that somebody has seen a finding or a follow-up.

    The same words of the same person are taken once. With `tell` a running fleet is told first,
    which stores it too, so that a store that takes it just now from nobody is no matter. Raises
    `InputError` for an id that is nobody's, naming the nearest, and for a follow-up that is
    answered without saying what was found.
    """
    asked, by, found = said.asked, said.by, said.found
    findings = {one.id: one for one in store.findings()}
    follow_ups = {one.id: one for one in store.follow_ups()}
    ident = one_id(
        [*findings, *follow_ups],
        asked,
        "finding or follow-up",
        "`overheal findings list` shows the findings, `overheal report weekly` the follow-ups",
    )
    kind = FINDING if ident in findings else FOLLOW_UP
    if kind == FOLLOW_UP:
        _refuse_silence(ident, found)
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
    one = _given(ident, kind, said)
    if tell is None:
        store.write_acknowledgements([one])
    else:
        tell(one)
        with suppress(StoreError):
            store.write_acknowledgements([one])
    return Acknowledged(one, about, tuple(given), new=True)


def acknowledge_unseen(said: Said, tell: Tell) -> Acknowledged:
    """Tell a running fleet whose store cannot be asked; raises `InputError` for part of an id."""
    follow_up = said.asked.startswith("followup-")
    if not follow_up and _WHOLE.fullmatch(said.asked) is None:
        raise InputError(
            f"{said.asked!r} is no whole id, and the store cannot be asked whose beginning it is; "
            "write all of it"
        )
    if follow_up:
        _refuse_silence(said.asked, said.found)
    one = _given(said.asked, FOLLOW_UP if follow_up else FINDING, said)
    tell(one)
    return Acknowledged(one, "", (), new=True)


_WHOLE = re.compile(r"[a-z_]+-[0-9a-f]{20}(?:-\d+)?")


def _given(ident: str, kind: str, said: Said) -> Acknowledgement:
    return Acknowledgement(
        id=ident, kind=kind, at=said.now, by=said.by, found=said.found, author=said.author
    )


def _refuse_silence(ident: str, found: str) -> None:
    if not found:
        raise InputError(
            f'{ident} asks what was found; say it with --found "…", even if it was nothing'
        )

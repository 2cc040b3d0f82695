"""Follow-ups: what owners are asked, whether they answered, and for how long they have not."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal

from overheal.model import DAY
from overheal.report.weekly.material import Ack, Key, Material, Question
from overheal.report.weekly.parts import AckPart, FollowUpPart
from overheal.report.words import rfc3339

State = Literal["asked", "answered", "overdue"]
ANSWER_WITHIN = 5 * DAY
"""Counted from the end of the week, or from when it was asked where that is later."""


def follow_up_id(week: str, key: Key) -> str:
    """Return the id of the question about one service in one week, such as `2026-W47`."""
    digest = hashlib.blake2b("\0".join(key).encode("utf-8", "replace"), digest_size=4)
    return f"followup-{week}-{digest.hexdigest()}"


def due(until: int, asked_at: int) -> int:
    """Return when an answer is due, in microseconds UTC."""
    return max(until, asked_at) + ANSWER_WITHIN


def answer(question: Question, material: Material) -> Ack | None:
    """Return the first acknowledgement that answers a question.

    It is one of the question, of a later one about the same service, or of the finding it names:
    that one must say what was found, and be given after the week began.
    """
    later = {
        other.id
        for other in material.questions
        if other.key == question.key and other.since >= question.since
    }
    for ack in sorted(material.acks, key=lambda one: one.at):
        named = ack.id == question.finding and ack.found and ack.at >= question.since
        if ack.id == question.id or ack.id in later or named:
            return ack
    return None


def overdue(material: Material) -> list[FollowUpPart]:
    """Return the unanswered follow-ups of earlier weeks, one a service, the oldest first."""
    open_ = [
        question
        for question in material.questions
        if question.recorded
        and question.since < material.span.start
        and answer(question, material) is None
    ]
    found: dict[Key, list[Question]] = {}
    for question in sorted(open_, key=lambda one: (one.since, one.id)):
        found.setdefault(question.key, []).append(question)
    return [_part(asked[0], material, times=len(asked)) for asked in found.values()]


def asked_now(material: Material) -> dict[Key, FollowUpPart]:
    """Return what is asked about this span, by service."""
    return {
        question.key: _part(question, material, times=_times(question, material.questions))
        for question in material.questions
        if question.since == material.span.start and question.week == material.span.week
    }


def ack_part(ack: Ack | None) -> AckPart | None:
    """Return an acknowledgement as the document has it."""
    return None if ack is None else AckPart(by=ack.by, at=rfc3339(ack.at), found=ack.found)


def _times(question: Question, questions: Sequence[Question]) -> int:
    return sum(one.key == question.key and one.since <= question.since for one in questions)


def _part(question: Question, material: Material, *, times: int) -> FollowUpPart:
    given = answer(question, material)
    late = material.now - question.due_at
    state: State = "answered" if given else "overdue" if late > 0 else "asked"
    return FollowUpPart(
        id=question.id,
        week=question.week,
        service=question.key[1],
        environment=question.key[0],
        owner=question.owner,
        finding=question.finding or None,
        recoveries=question.recoveries,
        episodes=question.episodes,
        asked_at=rfc3339(question.asked_at),
        due_at=rfc3339(question.due_at),
        state=state,
        overdue_days=-(-late // DAY) if state == "overdue" else 0,
        asked_times=times,
        acknowledged=ack_part(given),
        command=f'overheal ack {question.id} --by YOU --found "…"',
        recorded=question.recorded,
    )

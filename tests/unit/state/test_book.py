"""The book of findings: identity, members, copies, and what a retold history does to them."""

from __future__ import annotations

import msgspec

from overheal.model import MEMBERS_KEPT, Finding, Status, Tier
from overheal.state.book import WITHDRAWN_KEPT, Book, Ground
from overheal.state.moments import TIMELINE_KEPT, Member


def opened(book: Book, opening: str = "e0", **chosen) -> Finding:
    named = {"environment": "production", "service": "checkout", "first_at": 1, "at": 1}
    return book.open("detector", "subject", opening, **{**named, **chosen})


def member(number: int, agent: str = "a") -> Member:
    return Member(number, f"e{number}", agent, "restart", "")


def say(finding: Finding) -> None:
    finding.summary = f"{finding.count} times."


def silent(finding: Finding) -> None:
    pass


def test_a_finding_is_identified_by_detector_subject_and_opening():
    assert opened(Book("scope")).id == opened(Book("scope")).id
    assert opened(Book("scope")).id != opened(Book("scope"), "e1").id


def test_members_are_kept_up_to_a_bound_and_counted_beyond():
    book = Book("scope")
    finding = opened(book)
    book.join(finding, [member(number) for number in range(MEMBERS_KEPT - 1)], 1)
    book.join(finding, [member(MEMBERS_KEPT), member(MEMBERS_KEPT + 1)], 7)
    assert (len(book.members[finding.id]), finding.member_count) == (MEMBERS_KEPT, MEMBERS_KEPT + 1)
    assert finding.last_at == 7


def test_the_picture_keeps_the_first_moment_and_the_newest():
    book = Book("scope")
    finding = opened(book)
    for number in range(2 * TIMELINE_KEPT):
        book.join(finding, [member(number)], number)
    timeline = book.publish(silent)[0].evidence["timeline"]
    assert [len(timeline), timeline[0]["at"], timeline[-1]["at"]] == [
        TIMELINE_KEPT,
        0,
        2 * TIMELINE_KEPT - 1,
    ]


def test_agents_are_named_once_and_nobody_is_nobody():
    book = Book("scope")
    finding = opened(book)
    book.join(finding, [member(1, "a"), member(2, ""), member(3, "b"), member(4, "a")], 4)
    assert finding.agents == ["a", "b"]


def test_a_tier_rises_and_never_falls():
    book = Book("scope")
    finding = opened(book)
    for tier in (Tier.ACTIONABLE, Tier.CRITICAL, Tier.ACTIONABLE):
        book.raise_tier(finding, Ground(tier, tier.word), tier.value)
    assert finding.tier is Tier.CRITICAL
    assert [change.reason for change in finding.tier_history] == ["actionable", "critical"]


def test_a_published_copy_shares_nothing_with_what_changes_later():
    book = Book("scope")
    finding = opened(book)
    book.join(finding, [member(1)], 1)
    (copy,) = book.publish(say)
    before = msgspec.msgpack.encode(copy)
    book.join(finding, [member(2, "b")], 2)
    book.raise_tier(finding, Ground(Tier.CRITICAL, "reason"), 2)
    book.resolve(finding.id, 3)
    assert msgspec.msgpack.encode(copy) == before
    assert book.publish(say)[0].revision > copy.revision


def test_only_what_changed_is_published_and_only_once():
    book = Book("scope")
    finding = opened(book)
    opened(book, "e1")
    assert len(book.publish(silent)) == 2
    book.touch(finding.id)
    assert [one.id for one in book.publish(silent)] == [finding.id]
    assert book.publish(silent) == []


def test_closed_findings_are_forgotten_once_they_were_published_and_are_final():
    book = Book("scope")
    finding = opened(book)
    book.resolve(finding.id, 10)
    assert book.forget_closed(10) == []
    book.publish(silent)
    assert book.forget_closed(10) == []
    assert book.forget_closed(11) == [finding.id]


def test_what_is_not_published_yet_is_not_forgotten():
    book = Book("scope")
    book.resolve(opened(book).id, 10)
    assert book.forget_closed(99) == []
    assert book.publish(silent)[0].status is Status.RESOLVED


def retold(*, keep: bool, members: list[int] | None = None) -> tuple[Book, list[Finding]]:
    earlier, later = Book("scope"), Book("scope")
    earlier.join(opened(earlier), [member(1), member(2)], 2)
    earlier.publish(silent)
    if keep:
        later.join(opened(later), [member(1), member(2)], 2)
    if members is not None:
        later.join(opened(later, "e9"), [member(number) for number in members], 2)
    later.publish(silent)
    return later, later.retold(earlier, say, say)


def test_told_again_without_a_difference_nothing_is_published():
    later, gone = retold(keep=True)
    assert (later.publish(silent), gone) == ([], [])


def test_told_again_it_is_published_where_something_else_is_said_of_the_same():
    def otherwise(finding: Finding) -> None:
        finding.evidence["rate"] = 2

    earlier, later = Book("scope"), Book("scope")
    for book in (earlier, later):
        book.join(opened(book), [member(1), member(2)], 2)
        book.publish(silent)
    assert later.retold(earlier, silent, otherwise) == []
    (told,) = later.publish(otherwise)
    assert (told.evidence["rate"], told.revision) == (2, 2)


def test_what_a_retold_history_no_longer_has_is_retracted():
    _, (gone,) = retold(keep=False)
    assert (gone.status, gone.revision, gone.summary) == (Status.RETRACTED, 2, "0 times.")


def test_or_superseded_by_one_about_the_same_that_shares_members():
    later, (gone,) = retold(keep=False, members=[2, 3])
    (heir,) = later.publish(silent)
    assert (gone.status, gone.superseded_by) == (Status.SUPERSEDED, heir.id)
    _, (gone,) = retold(keep=False, members=[7, 8])
    assert gone.status is Status.RETRACTED


def test_one_that_was_retracted_and_comes_back_has_a_higher_revision():
    later, (gone,) = retold(keep=False)
    again = Book("scope")
    again.join(opened(again), [member(1)], 2)
    again.retold(later, silent, silent)
    assert again.publish(silent)[0].revision > gone.revision


def test_a_retold_history_does_not_bring_back_what_was_forgotten():
    earlier, later = Book("scope"), Book("scope")
    earlier.forget_closed(100)
    opened(later)
    later.resolve(next(iter(later.findings)), 10)
    assert later.retold(earlier, silent, silent) == []
    assert later.publish(silent) == []


def test_what_is_remembered_of_withdrawn_findings_is_bounded():
    book = Book("scope", withdrawn={str(number): 1 for number in range(2 * WITHDRAWN_KEPT)})
    book.forget_closed(1)
    assert len(book.withdrawn) == WITHDRAWN_KEPT

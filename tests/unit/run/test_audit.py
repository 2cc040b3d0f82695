"""The audit's arithmetic, without servers: counting records into ranges, and what is said of it."""

from __future__ import annotations

from overheal.run.audit.coverage import Bounds, conclude
from overheal.run.audit.lane import HOLE, Lane
from overheal.run.audit.ledger import _layers
from overheal.run.audit.verdict import MOST_GAPS, Audited, Gaps, LaneAudit, Named
from overheal.run.audit.words import lines
from overheal.store import IngestRange

EPOCH = "8a5b"


def lane_of(*ranges: tuple[int, int, int], stored: int = 0) -> Lane:
    """Return a lane whose ledger has these (first, last, records)."""
    audit = LaneAudit(epoch=EPOCH, partition=0, present=True, received=stored, stored=stored)
    lane = Lane(audit)
    for first, last, records in ranges:
        lane.keep(first, last, records)
        audit.ranges += records != HOLE
        lane.reached = last + 1
    if ranges:
        audit.first, audit.next_offset = ranges[0][0], lane.reached
    return lane


def concluded(
    lane: Lane, low: int = 0, end: int = 1_000, committed: int | None = None
) -> list[str]:
    """Return the kinds of gaps that a lane has once the topic was read."""
    gaps = Gaps()
    limits = Bounds(low, low, end, committed)
    conclude(lane, limits, gaps, read=True, compacted=False)
    return [gap.kind for gap in gaps.kept]


def answer(lane: Lane, gaps: Gaps) -> Audited:
    return Audited(
        topic="events",
        epoch=EPOCH,
        at=90_000_000,
        depth="normal",
        lanes=[lane.audit],
        gaps=gaps.kept,
        gaps_left_out=gaps.left_out,
    )


def test_offsets_without_records_are_no_gap():
    lane = lane_of((0, 9, 4), (10, 30, 2))
    lane.count([0, 3, 4, 9, 11, 30], [1] * 6, 0)
    assert list(lane.counted) == [4, 2]
    assert concluded(lane) == []


def test_counting_in_pieces_is_counting_at_once():
    offsets = [2, 5, 7, 8, 12, 13, 20, 40, 41, 55]
    whole, pieces = lane_of((5, 9, 3), (10, 19, 2), (20, 40, 2)), None
    whole.count(offsets, offsets, 50)
    for cut in range(1, len(offsets)):
        pieces = lane_of((5, 9, 3), (10, 19, 2), (20, 40, 2))
        for part in (offsets[:cut], offsets[cut:]):
            pieces.count(part, part, 50)
        assert pieces == whole
    assert (whole.untaken, whole.untaken_first, whole.beyond) == (1, 2, 1)
    assert (list(whole.counted), whole.audit.waiting) == ([3, 2, 2], 2)
    assert whole.audit.oldest_waiting_at == 41


def test_slices_name_the_range_that_records_lie_in():
    lane = lane_of((0, 4, 5), (5, 9, 5))
    assert lane.count([3, 4, 5, 6, 12], [0] * 5, 0) == [(0, 0, 2), (1, 2, 4)]


def test_a_record_too_few_or_too_many_is_a_gap():
    for offsets in ([0, 1], [0, 1, 2, 3]):
        lane = lane_of((0, 4, 3))
        lane.count(offsets, [0] * 4, 0)
        assert concluded(lane) == ["records"]


def test_a_topic_that_ends_before_the_ledger_was_truncated():
    assert concluded(lane_of((0, 4, 0)), end=3) == ["topic_truncated"]


def test_the_mark_of_a_transaction_that_retention_took_is_no_loss():
    lane = lane_of((0, 4, 5))
    assert concluded(lane, low=6) == ["lost_to_retention"]
    lane = lane_of((0, 4, 5))
    lane.spread = 1
    assert concluded(lane, low=6) == []
    assert "mark" in lane.audit.notes[0]
    lane.audit.notes.clear()
    assert concluded(lane, low=7) == ["lost_to_retention"]


def test_an_offset_committed_beyond_the_ledger_matters_only_where_records_lie_between():
    lane = lane_of((0, 4, 0))
    assert concluded(lane, committed=6) == []
    lane.count([5], [0], 6)
    assert concluded(lane, committed=6) == ["committed_beyond"]


def test_entries_that_overlap_are_asked_about_apart():
    ranges = [(0, 9), (5, 7), (10, 12), (11, 20), (12, 13)]
    chunk = [(IngestRange(origin="t", epoch="", first=one, last=two), 0) for one, two in ranges]
    parted = [[(entry.first, entry.last) for entry, _ in layer] for layer in _layers(chunk)]
    assert parted == [[(0, 9), (10, 12)], [(5, 7), (11, 20)], [(12, 13)]]


def test_the_text_names_sums_gaps_and_what_to_do():
    lane, gaps = lane_of((0, 1_199, 1_200), stored=1_200), Gaps()
    lane.audit.waiting, lane.audit.oldest_waiting_at = 3, 30_000_000
    named = [Named(number, 0, "urn:a", f"e{number}\x1b") for number in range(30)]
    gaps.add(lane.audit, "events_missing", 0, 1_199, 30, "30 are missing", "send them", named)
    text = list(lines(answer(lane, gaps)))
    assert text[1].startswith("FAILS  [0] offsets 0 to 1199 in 1 range: received 1,200 = stored")
    assert text[1].endswith("waiting 3, the oldest for 1 min")
    assert "received 1,200 = stored 1,200 + dead-lettered 0 + duplicates 0;" in text[2]
    assert text[2].endswith("NOT balanced: 1 gap")
    assert "       offset 0  e0␛ of urn:a" in text
    assert text[-2:] == ["       and 10 more", "       what to do: send them"]


def test_gaps_beyond_the_first_thousand_are_counted():
    lane, gaps = lane_of((0, 1, 2)), Gaps()
    for _ in range(MOST_GAPS + 5):
        gaps.add(lane.audit, "hole", 0, 1, None, "a hole", "look")
    audited = answer(lane, gaps)
    assert (len(audited.gaps), audited.gaps_left_out, audited.balanced) == (MOST_GAPS, 5, False)
    assert list(lines(audited))[-1] == "and 955 more gaps; --output json has them"


def test_the_document_has_every_count_and_times_that_people_read():
    lane = lane_of((0, 1, 2), stored=2)
    lane.audit.oldest_waiting_at = 60_000_000
    document = answer(lane, Gaps()).document()
    assert (document["balanced"], document["totals"]["stored"]) == (True, 2)
    assert document["partitions"][0]["oldest_waiting_at"] == "1970-01-01T00:01:00Z"
    assert document["partitions"][0]["balanced"] is True

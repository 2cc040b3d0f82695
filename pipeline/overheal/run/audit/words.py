"""The audit as lines of text."""

from __future__ import annotations

from collections.abc import Iterator

from overheal.model import MICROSECOND
from overheal.report.words import clean, duration, plural
from overheal.run.audit.verdict import Audited, Gap, LaneAudit

SHOWN = 50
"""Gaps written out; the rest are counted, and stand in the JSON document."""


def lines(audited: Audited) -> Iterator[str]:
    """Yield the lines: each partition, the total, then the gaps with what to do."""
    yield f"{clean(audited.topic)} {f'(epoch {audited.epoch})' if audited.epoch else ''}".rstrip()
    yield from (clean(note) for note in audited.notes)
    for lane in audited.lanes:
        yield from _lane(lane, audited.at)
    yield _total(audited)
    for gap in audited.gaps[:SHOWN]:
        yield from _gap(gap, audited.epoch)
    hidden = len(audited.gaps[SHOWN:]) + audited.gaps_left_out
    if hidden:
        yield f"and {plural(hidden, 'more gap')}; --output json has them"


def _lane(lane: LaneAudit, at: int) -> Iterator[str]:
    name = f"[{lane.partition}]" if lane.present else f"[{lane.partition}] of epoch {lane.epoch}"
    reach = (
        "nothing in the ledger"
        if lane.next_offset is None or lane.first is None
        else f"offsets {lane.first} to {lane.next_offset - 1} in {plural(lane.ranges, 'range')}"
    )
    yield (
        f"{'ok' if not lane.gaps else 'FAILS':<6} {name} {reach}: {_sum(lane)}; "
        f"{_waiting(lane, at)}"
    )
    if lane.elsewhere and lane.present:
        same = plural(lane.elsewhere, "event")
        yield f"       {same} of these stored as the same event elsewhere"
    yield from (f"       {clean(note)}" for note in lane.notes)


def _sum(lane: LaneAudit) -> str:
    return (
        f"received {lane.received:,} = stored {lane.stored:,} + dead-lettered "
        f"{lane.dead_letters:,} + duplicates {lane.duplicates:,}; ignored "
        f"{plural(lane.ignored, 'record')}"
    )


def _waiting(lane: LaneAudit, at: int) -> str:
    most = "" if lane.waiting_exact or not lane.waiting else "at most "
    told = f"waiting {most}{lane.waiting:,}"
    if lane.oldest_waiting_at is None:
        return told
    age = max(0, at - lane.oldest_waiting_at) / MICROSECOND
    return f"{told}, the oldest for {duration(age)}"


def _total(audited: Audited) -> str:
    received = audited.total("received")
    parts = [audited.total(one) for one in ("stored", "dead_letters", "duplicates")]
    sign = "=" if received == sum(parts) else "is not"
    most = "" if all(lane.waiting_exact for lane in audited.lanes) else "at most "
    waiting = audited.total("waiting")
    gaps = len(audited.gaps) + audited.gaps_left_out
    verdict = "balanced" if not gaps else f"NOT balanced: {plural(gaps, 'gap')}"
    return (
        f"received {received:,} {sign} stored {parts[0]:,} + dead-lettered {parts[1]:,} + "
        f"duplicates {parts[2]:,}; ignored {plural(audited.total('ignored'), 'record')}; waiting "
        f"{most if waiting else ''}{waiting:,}; {verdict}"
    )


def _gap(gap: Gap, epoch: str) -> Iterator[str]:
    of = "" if gap.epoch == epoch else f" of epoch {gap.epoch}"
    yield f"gap in [{gap.partition}]{of}: {clean(gap.text)}"
    for one in gap.events:
        item = f" item {one.item}" if one.item else ""
        name = f"  {one.id} of {one.source}" if one.id else ""
        yield f"       offset {one.offset}{item}{clean(name)}"
    if gap.events and gap.count is not None and gap.count > len(gap.events):
        yield f"       and {gap.count - len(gap.events):,} more"
    yield f"       what to do: {clean(gap.remedy)}"

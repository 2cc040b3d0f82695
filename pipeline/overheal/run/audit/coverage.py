"""What lies outside the ledger's ranges, and whether Kafka holds as many records as it says."""

from __future__ import annotations

from dataclasses import dataclass

from overheal.run.audit.lane import HOLE, Lane
from overheal.run.audit.verdict import Gaps

RESTART = "restart the worker: it goes on where the ledger ends, whatever is committed"


@dataclass(frozen=True)
class Bounds:
    """Of one partition: first offset before and after reading, end, and committed offset."""

    low: int
    low_after: int
    end: int
    committed: int | None


def conclude(lane: Lane, bounds: Bounds, gaps: Gaps, *, read: bool, compacted: bool) -> None:
    """Add what is missing between Kafka and the ledger of a present partition.

    `read` says whether the topic was read; `compacted` whether records may vanish from it.
    """
    empty = lane.audit.next_offset is None
    if empty and bounds.low:
        lane.audit.note(f"offsets before {bounds.low} left Kafka before anything was stored")
    if not empty:
        _retention(lane, bounds, gaps)
        _truncated(lane, bounds, gaps)
    if read:
        _untaken(lane, gaps)
        _ranges(lane, bounds, gaps, compacted=compacted)
    else:
        _holes_unread(lane, gaps)
        lane.audit.waiting = max(0, bounds.end - max(lane.reached, bounds.low))
        lane.audit.waiting_exact = False
    _committed(lane, bounds, gaps, read=read)


def _retention(lane: Lane, bounds: Bounds, gaps: Gaps) -> None:
    first, last = lane.reached, bounds.low - 1
    if last < first:
        return
    if first == last and lane.spread:
        lane.audit.note(
            f"offset {first} left Kafka untaken; this topic has transactions, so it was most "
            "likely the mark of one and no record"
        )
        return
    gaps.add(
        lane.audit,
        "lost_to_retention",
        first,
        last,
        None,
        f"lost to retention: offsets {first} to {last} were deleted before the worker took them",
        "let producers send these events again; raise `kafka.retention_days` and the topic's "
        "retention.ms, and watch overheal_consumer_lag_records",
    )


def _truncated(lane: Lane, bounds: Bounds, gaps: Gaps) -> None:
    if bounds.end >= lane.reached:
        return
    gaps.add(
        lane.audit,
        "topic_truncated",
        bounds.end,
        lane.reached - 1,
        None,
        f"Kafka ends before offset {bounds.end}, but the ledger holds offsets up to "
        f"{lane.reached - 1}: the brokers lost records, and new ones under these offsets would "
        "be taken for old ones",
        "stop ingest and the worker, make the topic anew and start both; look into the brokers "
        "(unclean leader election, a disk)",
    )


def _untaken(lane: Lane, gaps: Gaps) -> None:
    if not lane.untaken:
        return
    first, last = lane.untaken_first, lane.firsts[0] - 1
    gaps.add(
        lane.audit,
        "never_taken",
        first,
        last,
        lane.untaken,
        f"{lane.untaken:,} records of offsets {first} to {last} lie before the ledger's first "
        "entry and were never taken",
        "send them to the topic again: what is stored already is recognised by its id",
    )


def _ranges(lane: Lane, bounds: Bounds, gaps: Gaps, *, compacted: bool) -> None:
    audit = lane.audit
    columns = zip(lane.firsts, lane.lasts, lane.records, lane.counted, strict=True)
    for number, (first, last, records, counted) in enumerate(columns):
        if records == HOLE:
            _hole(lane, first, last, counted, gaps)
        elif first < bounds.low_after:
            audit.store_only += 1
            if number == 0 and audit.ranges > 1 and counted == records >= 0:
                _skipped(lane, first, bounds, gaps)
        elif records >= 0 and counted != records:
            if compacted and counted < records:
                audit.store_only += 1
                continue
            gaps.add(
                audit,
                "records",
                first,
                last,
                abs(records - counted),
                f"Kafka holds {counted:,} records of offsets {first} to {last}, and the ledger "
                f"accounts for {records:,}",
                "report this as a defect of overheal, unless the ledger or the topic was altered "
                "by hand",
            )
    audit.store_only += audit.ranges - sum(1 for one in lane.records if one != HOLE)


def _skipped(lane: Lane, first: int, bounds: Bounds, gaps: Gaps) -> None:
    """Take a range whose records are all still there although Kafka deleted its first offsets."""
    last = bounds.low_after - 1
    if first > last or first == lane.audit.first:
        return
    text = f"offsets {first} to {last} were deleted before the worker took them"
    if lane.spread > 1:
        lane.audit.note(f"perhaps {text}; this topic has offsets without records elsewhere too")
        return
    gaps.add(
        lane.audit,
        "lost_to_retention",
        first,
        last,
        None,
        f"lost to retention: {text}",
        "let producers send these events again; raise `kafka.retention_days` and the topic's "
        "retention.ms, and watch overheal_consumer_lag_records",
    )


def _hole(lane: Lane, first: int, last: int, counted: int, gaps: Gaps) -> None:
    gaps.add(
        lane.audit,
        "hole",
        first,
        last,
        counted,
        f"the ledger has no entry of offsets {first} to {last}, where Kafka holds {counted:,} "
        "records",
        f"restart the worker: it goes on at offset {first} and takes them again, and what is "
        "stored already stays once",
    )


def _holes_unread(lane: Lane, gaps: Gaps) -> None:
    for first, last, records in zip(lane.firsts, lane.lasts, lane.records, strict=True):
        if records == HOLE:
            gaps.add(
                lane.audit,
                "hole",
                first,
                last,
                None,
                f"the ledger has no entry of offsets {first} to {last}",
                f"restart the worker: it goes on at offset {first} and takes them again, and what "
                "is stored already stays once",
            )


def _committed(lane: Lane, bounds: Bounds, gaps: Gaps, *, read: bool) -> None:
    """Take an offset committed beyond the ledger: what lies between is stored nowhere."""
    start = max(lane.reached, bounds.low)
    if bounds.committed is None or bounds.committed <= start or (read and not lane.beyond):
        return
    count = f"{lane.beyond:,} records of " if read else ""
    gaps.add(
        lane.audit,
        "committed_beyond",
        start,
        bounds.committed - 1,
        lane.beyond if read else None,
        f"offset {bounds.committed} is committed, but {count}offsets {start} to "
        f"{bounds.committed - 1} are not in the ledger",
        RESTART,
    )

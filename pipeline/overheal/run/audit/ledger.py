"""Reading the ledger: does it add up, is it whole, and does the store hold what it says."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from typing import cast

from overheal.run.audit.lane import HOLE, UNTOLD, Lane, Suspect
from overheal.run.audit.verdict import Gaps, LaneAudit
from overheal.run.worker.lane import LOST
from overheal.store import IngestRange, Store

CHUNK = 2_000

SUMMED = ("records", "received", "stored", "dead_letters", "duplicates", "ignored")

UNPROVEN = (
    "their records are no longer in Kafka, so their ids are not known; restore the store from a "
    "backup, unless these events were delivered again elsewhere (a row keeps the place of the copy "
    "stored last)"
)


class Ledger:
    """Reads the whole ledger of a topic, an entry at a time.

    `epoch` and `lows` are the topic's present id and first offsets. Rows of ranges written before
    `expired_before` (microseconds UTC, 0: never) may have left the store. With `deep` every range
    that is still in Kafka becomes a suspect.
    """

    def __init__(
        self,
        store: Store,
        topic: str,
        gaps: Gaps,
        *,
        epoch: str,
        lows: Mapping[int, int],
        expired_before: int,
        deep: bool,
    ) -> None:
        self._store = store
        self._topic = topic
        self._gaps = gaps
        self._epoch = epoch
        self._lows = lows
        self._expired_before = expired_before
        self._deep = deep
        self._chunk: list[tuple[IngestRange, int]] = []

    def lanes(
        self, partition: int | None, progress: Callable[[int], None]
    ) -> dict[tuple[str, int], Lane]:
        """Return the lanes by (epoch, partition), of one partition or of all.

        `progress` is told how many entries were read. Raises `StoreUnavailable`.
        """
        lanes: dict[tuple[str, int], Lane] = {}
        lane: Lane | None = None
        number = 0
        with self._store.another() as stream, closing(_entries(stream, self._topic)) as entries:
            for number, entry in enumerate(entries, 1):
                progress(number)
                if partition is not None and entry.partition != partition:
                    continue
                place = (entry.epoch, entry.partition)
                if lane is not None and place not in lanes:
                    self._compare(lane)
                if place not in lanes:
                    lanes[place] = self._opened(entry)
                lane = lanes[place]
                self._take(lane, entry)
                if len(self._chunk) >= CHUNK:
                    self._compare(lane)
            if lane is not None:
                self._compare(lane)
        return lanes

    def _opened(self, entry: IngestRange) -> Lane:
        present = entry.epoch == self._epoch and entry.partition in self._lows
        audit = LaneAudit(epoch=entry.epoch, partition=entry.partition, present=present)
        audit.first = entry.first
        return Lane(audit, reached=entry.first)

    def _take(self, lane: Lane, entry: IngestRange) -> None:
        audit = lane.audit
        audit.ranges += 1
        for column in SUMMED:
            setattr(audit, column, getattr(audit, column) + getattr(entry, column))
        if entry.received != entry.stored + entry.dead_letters + entry.duplicates:
            self._unequal(lane, entry)
        if LOST in entry.reasons:
            self._lost(lane, entry)
        if entry.first > lane.reached:
            self._hole(lane, lane.reached, entry.first - 1)
        index = self._keep(lane, entry)
        if audit.ranges > 1 and entry.records < entry.last - entry.first + 1:
            lane.spread += 1
        lane.reached = max(lane.reached, entry.last + 1)
        audit.next_offset = lane.reached
        self._chunk.append((entry, index))

    def _keep(self, lane: Lane, entry: IngestRange) -> int:
        """Keep what is compared with Kafka; return its index, -1 where it is not compared."""
        is_first = lane.audit.ranges == 1
        if entry.first < lane.reached and not is_first:
            last = min(entry.last, lane.reached - 1)
            self._gaps.add(
                lane.audit,
                "overlap",
                entry.first,
                last,
                None,
                f"two entries of the ledger speak of offsets {entry.first} to {last}: their events "
                "are counted twice in the sums, and stored once",
                "where a worker went over a hole of the ledger again, delete the entries of "
                "`ingest_ranges` that lie within another; else find out whether two installations "
                "share this store and topic",
            )
            if entry.last >= lane.reached and self._in_kafka(lane, entry.last):
                lane.keep(lane.reached, entry.last, UNTOLD)
            return -1
        if not self._in_kafka(lane, entry.last):
            return -1
        return lane.keep(entry.first, entry.last, entry.records)

    def _in_kafka(self, lane: Lane, last: int) -> bool:
        return lane.audit.present and last >= self._lows[lane.audit.partition]

    def _lost(self, lane: Lane, entry: IngestRange) -> None:
        self._gaps.add(
            lane.audit,
            "lost_to_retention",
            entry.first,
            entry.last,
            None,
            f"lost to retention: offsets {entry.first} to {entry.last} were deleted before the "
            "worker took them",
            "let producers send these events again; raise `kafka.retention_days` and the topic's "
            "retention.ms, and watch overheal_consumer_lag_records",
        )

    def _unequal(self, lane: Lane, entry: IngestRange) -> None:
        self._gaps.add(
            lane.audit,
            "unequal",
            entry.first,
            entry.last,
            abs(entry.received - entry.stored - entry.dead_letters - entry.duplicates),
            f"the ledger's entry of offsets {entry.first} to {entry.last} does not add up: "
            f"received {entry.received}, stored {entry.stored}, dead-lettered "
            f"{entry.dead_letters}, duplicates {entry.duplicates}",
            "report this as a defect of overheal, unless the ledger was altered by hand",
        )

    def _hole(self, lane: Lane, first: int, last: int) -> None:
        if self._in_kafka(lane, last):
            lane.keep(first, last, HOLE)
            return
        self._gaps.add(
            lane.audit,
            "hole",
            first,
            last,
            None,
            f"the ledger has no entry of offsets {first} to {last}, and Kafka has them no more",
            "restore the store from a backup; these records cannot be read again",
        )

    # -- rows ------------------------------------------------------------------------------------

    def _compare(self, lane: Lane) -> None:
        """Ask the store about the entries gathered, and sort out those that differ."""
        chunk, self._chunk = self._chunk, []
        for layer in _layers(chunk):
            audit = lane.audit
            ranges = [(entry.first, entry.last) for entry, _ in layer]
            place = (self._topic, audit.epoch, audit.partition, ranges)
            stored = self._store.stored_per_range(*place)
            refused = self._store.refused_per_range(*place)
            for (entry, index), places, letters in zip(layer, stored, refused, strict=True):
                same = places == entry.stored and letters == entry.dead_letters
                if index >= 0 and (self._deep or not same):
                    lane.suspects[index] = Suspect(entry, places, letters)
                elif not same:
                    self._unseen(lane, entry, places, letters)

    def _unseen(self, lane: Lane, entry: IngestRange, places: int, letters: int) -> None:
        """Take a difference that Kafka cannot explain any more."""
        fewer = places < entry.stored
        if fewer and entry.written_at < self._expired_before:
            lane.audit.expired += 1
        elif fewer and entry.epoch != self._epoch:
            # Whoever makes a topic anew mostly sends its events again; their rows move with them.
            lane.audit.elsewhere += entry.stored - places
        elif places != entry.stored:
            differs(self._gaps, lane.audit, entry, places, UNPROVEN)
        if letters != entry.dead_letters:
            letters_differ(self._gaps, lane.audit, entry, letters)


def _entries(store: Store, topic: str) -> Generator[IngestRange, None, None]:
    return cast("Generator[IngestRange, None, None]", store.ranges(topic))


def differs(gaps: Gaps, audit: LaneAudit, entry: IngestRange, places: int, remedy: str) -> None:
    """Add the gap that the store holds more or fewer rows than the ledger says."""
    fewer = places < entry.stored
    gaps.add(
        audit,
        "rows_missing" if fewer else "rows_too_many",
        entry.first,
        entry.last,
        abs(entry.stored - places),
        f"of offsets {entry.first} to {entry.last} the ledger says {entry.stored:,} events are "
        f"stored, and the store holds {places:,}",
        remedy,
    )


def letters_differ(gaps: Gaps, audit: LaneAudit, entry: IngestRange, letters: int) -> None:
    """Add the gap that the store holds more or fewer dead letters than the ledger says."""
    gaps.add(
        audit,
        "letters_missing" if letters < entry.dead_letters else "letters_too_many",
        entry.first,
        entry.last,
        abs(entry.dead_letters - letters),
        f"of offsets {entry.first} to {entry.last} the ledger says {entry.dead_letters:,} dead "
        f"letters, and the store holds {letters:,}",
        "look for them with `overheal dead-letters list`: the topic of dead letters has them too",
    )


def _layers(chunk: list[tuple[IngestRange, int]]) -> list[list[tuple[IngestRange, int]]]:
    """Part sorted entries so that those of one part do not overlap; mostly one part."""
    layers: list[list[tuple[IngestRange, int]]] = []
    for one in chunk:
        for layer in layers:
            if layer[-1][0].last < one[0].first:
                layer.append(one)
                break
        else:
            layers.append([one])
    return layers

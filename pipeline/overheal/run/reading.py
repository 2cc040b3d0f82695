"""From files to events in event-time order, whatever they hold and in whatever order.

Two sorts on disk make several files one history: records of formats whose meaning depends on what
came before (Kubernetes) are put in order before they are adapted, and all events are put in order
before they are judged. Memory stays bounded by the size of a run of the sort.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self

import msgspec

from overheal.adapters.base import Adapter, Record
from overheal.adapters.registry import recognise
from overheal.contract.redaction import Redactor
from overheal.errors import InputError, RecordError
from overheal.flow import Flow
from overheal.model import DeadLetter, Event
from overheal.run.interrupt import Interruptible
from overheal.sources.files import Input, open_input
from overheal.sources.framing import frame
from overheal.sources.limits import Batch
from overheal.sources.spill import SpillSorter
from overheal.stages.telling import order

BATCH = 2_500
"""Records that are decoded, and events that are judged, at once: at least, but for the last."""

BATCH_BYTES = 2 * 1024 * 1024

SAMPLE = 20
"""Records by which a file's format is recognised."""

RUN_BYTES = 12 * 1024 * 1024
"""What a sort holds in memory before it writes a run."""

PAYLOAD_KEPT = 64 * 1024

OnDeadLetter = Callable[[DeadLetter], None]
OnProgress = Callable[[str, int, int | None], None]
"""Called with a file's name, the bytes read of it and its size (None: unknown)."""

_encode = msgspec.msgpack.Encoder().encode
_decode_record = msgspec.msgpack.Decoder(Record).decode
_decode_event = msgspec.msgpack.Decoder(Event).decode


class Reading:
    """One reading of all input; use it as a context, so that its scratch files are removed.

    `records` counts what was framed, `decoded` the events made of it, `lists` the lists met,
    by which an empty list differs from nothing at all. `problems` are the files
    that could not be read, in words. `formats` are the adapters that had something to do.
    """

    def __init__(
        self,
        adapters: Sequence[Adapter],
        redactor: Redactor,
        on_dead_letter: OnDeadLetter,
        on_progress: OnProgress,
        interrupt: Interruptible,
    ) -> None:
        self.records = 0
        self.decoded = 0
        self.lists = 0
        self.problems: list[str] = []
        self.formats: set[str] = set()
        self._adapters = {adapter.name: adapter for adapter in adapters}
        self._redactor = redactor
        self._on_dead_letter = on_dead_letter
        self._on_progress = on_progress
        self._interrupt = interrupt
        self._stateful: dict[str, SpillSorter] = {}
        self._events = SpillSorter(run_bytes=RUN_BYTES)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._events.close()
        for sorter in self._stateful.values():
            sorter.close()

    @property
    def ignored(self) -> dict[str, int]:
        """Records without events, by reason."""
        found: dict[str, int] = {}
        for adapter in self._adapters.values():
            for reason, count in adapter.ignored.items():
                found[reason] = found.get(reason, 0) + count
        return found

    def read(self, path: str, received_at: int, insist: str | None) -> None:
        """Read one file (`-`: standard input) to its end, or until somebody interrupts.

        What cannot be read at all is put on `problems`, so that other files still count.
        """
        adapter = self._adapters[insist] if insist else None
        waiting: list[Record] = []
        try:
            with open_input(path, received_at=received_at) as source:
                held = 0
                for batch in self._batches(source):
                    for record in self._records(batch):
                        waiting.append(record)
                        held += len(record.raw)
                    if len(waiting) >= BATCH or held >= BATCH_BYTES:
                        adapter = adapter or self._recognised(waiting)
                        self._take(adapter, waiting)
                        waiting, held = [], 0
                    self._on_progress(f"reading {source.origin}", source.consumed, source.size)
                self.lists += source.lists
            if waiting:
                self._take(adapter or self._recognised(waiting), waiting)
        except InputError as error:
            self.problems.append(self._redactor.clean_text(str(error)))

    def _recognised(self, records: Sequence[Record]) -> Adapter:
        return recognise(records[:SAMPLE], self._adapters.values())

    def _batches(self, source: Input) -> Iterator[Batch]:
        frames = frame(source)
        while not self._interrupt.requested:
            self._interrupt.waiting = True
            try:
                batch = next(frames, None)
            except KeyboardInterrupt:
                if not self._interrupt.requested:
                    raise
                return
            finally:
                self._interrupt.waiting = False
            if batch is None:
                return
            yield batch

    def _records(self, batch: Batch) -> Iterable[Record]:
        for item in batch:
            if isinstance(item, DeadLetter):
                self._refuse(item)
            else:
                yield item

    def add(self, events: Sequence[Event]) -> None:
        """Take events that are decoded already, such as those a store holds."""
        self._events.add_many((event.time, _tie(event), _encode(event)) for event in events)

    def events(self) -> Iterator[list[Event]]:
        """Return all events in event-time order, in batches; call once, after all reading."""
        for name, sorter in self._stateful.items():
            self._adapt_in_order(self._adapters[name], sorter)
            sorter.close()
        batch: list[Event] = []
        for rows in self._events.batches():
            batch += [_decode_event(payload) for _, _, payload in rows]
            if len(batch) >= BATCH:
                yield batch
                batch = []
        if batch:
            yield batch

    def _take(self, adapter: Adapter, records: Sequence[Record]) -> None:
        self.records += len(records)
        self.formats.add(adapter.name)
        if not adapter.stateful:
            self._decode(*self._adapted(adapter, records))
            return
        sorter = self._stateful.setdefault(adapter.name, SpillSorter(run_bytes=RUN_BYTES))
        for record in records:
            try:
                time, tie = adapter.order(record)
            except RecordError as error:
                self._refuse_record(record, error)
            else:
                sorter.add(time, tie, _encode(record))

    def _adapt_in_order(self, adapter: Adapter, sorter: SpillSorter) -> None:
        for rows in sorter.batches():
            records = [_decode_record(payload) for _, _, payload in rows]
            self._decode(*self._adapted(adapter, records))
        rest = list(adapter.finish())
        self._decode(rest, [Record(adapter.name, 0, b"")] * len(rest))

    def _adapted(
        self, adapter: Adapter, records: Sequence[Record]
    ) -> tuple[list[bytes], list[Record]]:
        documents: list[bytes] = []
        origins: list[Record] = []
        for record in records:
            try:
                found = adapter.adapt(record)
            except RecordError as error:
                self._refuse_record(record, error)
                continue
            documents.extend(found)
            origins.extend([record] * len(found))
        return documents, origins

    def _decode(self, documents: list[bytes], origins: Sequence[Record]) -> None:
        for index, suspect in enumerate(self._redactor.suspects(documents)):
            if suspect:
                documents[index] = self._redactor.clean_document(documents[index])
        keyed = []
        for index, event in enumerate(Flow.decode(documents)):
            if isinstance(event, RecordError):
                origin = origins[index]
                payload = documents[index][:PAYLOAD_KEPT]
                self._refuse(
                    DeadLetter(origin.origin, origin.line, event.code, str(event), payload)
                )
            else:
                keyed.append((event.time, _tie(event), _encode(event)))
        self.decoded += len(keyed)
        self._events.add_many(keyed)

    def _refuse_record(self, record: Record, error: RecordError) -> None:
        self._refuse(
            DeadLetter(
                record.origin, record.line, error.code, str(error), record.raw[:PAYLOAD_KEPT]
            )
        )

    def _refuse(self, letter: DeadLetter) -> None:
        clean = msgspec.structs.replace(
            letter,
            reason=self._redactor.clean_text(letter.reason),
            payload=self._redactor.clean_bytes(letter.payload),
        )
        self._on_dead_letter(clean)


def _tie(event: Event) -> bytes:
    _, rank, source, name = order(event)
    return f"{rank}\0{source}\0{name}".encode()

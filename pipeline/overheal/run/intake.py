"""From the records of one partition to events and dead letters, in the order of their offsets.

`CanonicalIntake` is the worker's: canonical documents only, nothing looked at twice. `Intake` is
that of `overheal ingest`: any format, recognised record by record, redacted before it is decoded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import msgspec

from overheal.adapters.base import Adapter, Record
from overheal.catalog import Catalog
from overheal.contract.cloudevents import Batch, Ignored, is_plain, unwrap
from overheal.contract.redaction import Redactor
from overheal.errors import ConfigError, RecordError
from overheal.flow import Flow
from overheal.kafka.polled import UNREADABLE, Polled
from overheal.model import Event
from overheal.run.bounds import Bounds
from overheal.run.cutting import Piece, cut, may_be_list
from overheal.run.formats import Formats
from overheal.run.refusing import Refuser
from overheal.run.taken import Document, Taken

__all__ = ["FELT", "REPLAY_OF", "CanonicalIntake", "Intake", "Taken", "scope_key"]

FELT = "overheal-felt"
"""Header of a copy that is only told: the key of the scope that it is told to."""

REPLAY_OF = "overheal-replay-of"
"""Header of a replayed dead letter: the letter's id."""

_AGAIN = "send the events again"


def scope_key(scope: str) -> str:
    r"""Return the record key of a scope as the catalog names it.

    >>> scope_key("production\0shop")
    'production/shop'
    """
    return scope.replace("\0", "/", 1)


def scope_of(key: str) -> str:
    r"""Return the scope, as the catalog names it, of a record key.

    >>> scope_of("production/shop")
    'production\x00shop'
    """
    return key.replace("/", "\0", 1)


class CanonicalIntake:
    """Reads canonical records; `redact` is for topics that `overheal ingest` does not write."""

    _trusting = True
    """Whether an object without headers is taken to be one canonical document."""

    def __init__(self, redactor: Redactor, bounds: Bounds, *, redact: bool = False) -> None:
        self._redactor = redactor
        self._bounds = bounds
        self._redact = redact
        self._refuser = Refuser(redactor)

    def take(self, polled: Polled, topic: str, epoch: str = "", present: int = 0) -> Taken:
        """Return what the records hold.

        `present` is the wall clock (microseconds UTC, 0: not to be asked): the time of receipt
        where records carry none, or one that lies ahead.
        """
        taken = Taken(topic, polled.partition, epoch)
        taken.records = len(polled.offsets)
        taken.next_offset = polled.offsets[-1] + 1 if polled.offsets else 0
        documents: list[Document] = []
        trusting = self._trusting
        for index, (value, headers) in enumerate(zip(polled.values, polled.headers, strict=True)):
            if trusting and is_plain(value, headers):
                documents.append(Document(value, index, 0, None))  # type: ignore[arg-type]
            else:
                self._open(polled, index, taken, documents)
        self._finish(polled, documents, present)
        self._decode(polled, taken, documents, present)
        if taken.letters:
            taken.letters.sort(key=lambda letter: (letter.line, letter.item))
        return taken

    def _open(self, polled: Polled, index: int, taken: Taken, documents: list[Document]) -> None:
        """Take one record that needs a closer look."""
        headers = polled.headers[index]
        try:
            found = _opened(polled.values[index], headers)
        except RecordError as error:
            self._refuse(polled, index, taken, error)
            return
        if isinstance(found, Ignored):
            taken.ignored[found.reason] = taken.ignored.get(found.reason, 0) + 1
        elif isinstance(found, Batch) or self._is_list(found):
            raw = found.raw if isinstance(found, Batch) else found
            pieces = cut(raw, taken.topic, polled.received[index])
            if not pieces:
                taken.ignored["empty list"] = taken.ignored.get("empty list", 0) + 1
            self._pieces(polled, index, taken, documents, pieces)
        else:
            alone = Piece(Record(taken.topic, 0, found), None)
            self._pieces(polled, index, taken, documents, [alone], whole=True)

    def _pieces(
        self,
        polled: Polled,
        index: int,
        taken: Taken,
        documents: list[Document],
        pieces: Sequence[Piece],
        *,
        whole: bool = False,
    ) -> None:
        """Take the documents of one record; `whole` where the record itself is the only one."""
        for item, piece in enumerate(pieces):
            if piece.error is not None:
                self._refuse(polled, index, taken, piece.error, item, piece.record.raw)
            else:
                raw = None if whole else piece.record.raw
                documents.append(Document(piece.record.raw, index, item, raw))

    def _is_list(self, _document: bytes) -> bool:
        return False

    def _problem(self, event: Event, received: int) -> RecordError | None:
        """Return why an event that can be read cannot be taken."""
        return self._bounds.refusal(event, received)

    def _finish(self, polled: Polled, documents: list[Document], present: int) -> None:
        """Add what is due although no record asked for it."""

    def _decode(
        self, polled: Polled, taken: Taken, documents: list[Document], present: int
    ) -> None:
        raws = [document.document for document in documents]
        if self._redact and raws:
            for position, suspect in enumerate(self._redactor.suspects(raws)):
                if suspect:
                    raws[position] = self._redactor.clean_document(raws[position])
        problem = self._problem
        offsets, received, headers = polled.offsets, polled.received, polled.headers
        for document, event in zip(documents, Flow.decode(raws), strict=True):
            index = document.index
            at = received[index]
            arrived = min(at, present) if at and present else at or present
            if isinstance(event, RecordError):
                self._refuse(polled, index, taken, event, document.item, document.raw)
                continue
            error = problem(event, arrived)
            if error is not None:
                self._refuse(polled, index, taken, error, document.item, document.raw)
                continue
            own = headers[index]
            if own and FELT in own:
                taken.felt[len(taken.events)] = own[FELT].decode("utf-8", "replace")
            taken.events.append(event)
            taken.offsets.append(offsets[index])
            taken.items.append(document.item)
            taken.received.append(at)

    def _refuse(  # noqa: PLR0917 - a record, and where in it
        self,
        polled: Polled,
        index: int,
        taken: Taken,
        error: RecordError,
        item: int = 0,
        raw: bytes | None = None,
    ) -> None:
        taken.letters.append(
            self._refuser.letter(
                polled, index, error, topic=taken.topic, epoch=taken.epoch, item=item, raw=raw
            )
        )


class Intake(CanonicalIntake):
    """Reads records of any format; `make` returns fresh adapters, `insist` names one of them.

    Formats whose records depend on earlier ones keep a memory for each partition: `held` says how
    far back a crash must read again, `settle` brings out what has waited long enough, `forget`
    drops what belongs to a partition.
    """

    _trusting = False

    def __init__(
        self,
        make: Callable[[], Sequence[Adapter]],
        redactor: Redactor,
        bounds: Bounds,
        catalog: Catalog,
        insist: str | None = None,
    ) -> None:
        super().__init__(redactor, bounds, redact=True)
        self._catalog = catalog
        self._formats = Formats(make, insist)

    def take(self, polled: Polled, topic: str, epoch: str = "", present: int = 0) -> Taken:
        """Return what the records hold; documents of stateful formats may follow later."""
        before = self._formats.ignored(polled.partition)
        taken = super().take(polled, topic, epoch, present)
        ignored = Counter(self._formats.ignored(polled.partition))
        ignored.subtract(before)
        for reason, count in ignored.items():
            if count:
                taken.ignored[reason] = taken.ignored.get(reason, 0) + count
        return taken

    def settle(
        self, partition: int, topic: str, present: int, epoch: str = "", *, insist: bool = False
    ) -> Taken | None:
        """Return what has waited too long in an idle partition, None where nothing has.

        With `insist` everything that waits is returned.
        """
        live = self._formats.live(partition)
        if live.held is None or not (insist or live.is_overdue(present)):
            return None
        offset = live.newest
        polled = Polled(partition, [b""], [None], [offset], [present], [None])
        taken = Taken(topic, partition, epoch, next_offset=offset + 1)
        documents = [Document(raw, 0, 0, raw) for raw in live.finish()]
        self._decode(polled, taken, documents, present)
        return taken

    def held(self, partition: int) -> int | None:
        """Return the oldest offset which a crash must read again, None where there is none."""
        return self._formats.live(partition).held

    def forget(self, partition: int) -> None:
        """Drop the memory of a partition that belongs to somebody else now."""
        self._formats.forget(partition)

    def _is_list(self, document: bytes) -> bool:
        return may_be_list(document)

    def _problem(self, event: Event, received: int) -> RecordError | None:
        try:
            self._catalog.place(event)
        except ConfigError as error:
            return RecordError(
                "ambiguous_service", "$.data.service", "fits two entries of the catalog", str(error)
            )
        return super()._problem(event, received)

    def _pieces(
        self,
        polled: Polled,
        index: int,
        taken: Taken,
        documents: list[Document],
        pieces: Sequence[Piece],
        *,
        whole: bool = False,
    ) -> None:
        offset, at = polled.offsets[index], polled.received[index]
        live = self._formats.live(polled.partition)
        for item, piece in self._formats.ordered(pieces):
            record = piece.record
            raw = None if whole else record.raw
            try:
                if piece.error is not None:
                    raise piece.error
                adapter = self._formats.adapter(record, polled.partition, self._refuser.clean_head)
                record = msgspec.structs.replace(record, line=offset, received_at=at)
                made = adapter.adapt(record)
            except RecordError as error:
                self._refuse(polled, index, taken, error, item, raw)
                continue
            if adapter.stateful:
                live.note(offset, at)
                taken.waiting.append(offset)
            documents += [Document(document, index, item, raw or record.raw) for document in made]

    def _finish(self, polled: Polled, documents: list[Document], present: int) -> None:
        live = self._formats.live(polled.partition)
        live.seen(present)
        if polled.offsets and live.is_due(polled.received[-1] or present):
            last = len(polled.offsets) - 1
            documents += [Document(raw, last, 0, raw) for raw in live.finish()]


def _opened(value: bytes | None, headers: Mapping[str, bytes] | None) -> bytes | Batch | Ignored:
    if headers and UNREADABLE in headers:
        told = headers[UNREADABLE].decode("utf-8", "backslashreplace")[:200]
        raise RecordError("unreadable", "$", f"the broker holds damaged bytes: {told}", _AGAIN)
    return unwrap(value, headers)

"""Timed inputs: what people decide, with the time from which it holds, the same for every process.

Configuration and catalog travel over the control topic: whoever starts with others than the last
ones tells everybody. What came before is judged by the rules of its time, also when it is judged
again. Expectations, drills and acknowledgements come as records of their own, each with its times.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import msgspec

from overheal.clock import Clock
from overheal.declared import Declared, Record
from overheal.errors import ConfigError, OverhealError, StoreUnavailable
from overheal.kafka.producer import Producer
from overheal.kafka.reader import Reader
from overheal.run.config.judging import digest_of, from_judging
from overheal.run.control.records import (
    is_acknowledgement,
    is_declared,
    read_acknowledgement,
    read_record,
    spoken,
)
from overheal.run.stopping import Signals
from overheal.stages.rules import RuleBook, Rules, rules_of
from overheal.store import Acknowledgement, Store, TimedInput

LOGGER = logging.getLogger(__name__)
RULES = b"rules"
"""Key of the records that carry rules; each holds until the next."""
END_SECONDS = 30.0
FLUSH_SECONDS = 10.0
POLL_SECONDS = 1.0


class Decided(msgspec.Struct, frozen=True):
    """One record of the control topic about rules; `holds_from` is microseconds UTC."""

    kind: str
    holds_from: int
    digest: str
    document: str
    author: str = ""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Decided).decode


class Inputs:
    """The rules that ever held, kept up to date from the control topic.

    `news` are inputs that were read since they were last taken, to be stored.
    """

    def __init__(self, reader: Reader, producer: Producer, topic: str, author: str) -> None:
        self._reader = reader
        self._producer = producer
        self._topic = topic
        self._author = author
        self._last = ""
        self._book: RuleBook | None = None
        self._declared = Declared()
        self._news: list[TimedInput] = []
        self._told: dict[str, Record] = {}
        self._acknowledged: list[Acknowledgement] = []

    @property
    def rules(self) -> RuleBook:
        """All rules; only after `start`."""
        assert self._book is not None, "start comes first"
        return self._book

    def start(self, judging: bytes, now: int, *, insist: bool = True) -> RuleBook:
        """Read what was decided so far, and tell everybody where `judging` is something else.

        The very first rules hold for all of the past; without `insist` only they are told. Raises
        `BrokerUnavailable`.
        """
        for polled in self._reader.to_end(END_SECONDS):
            self._take(polled.keys, polled.values)
        if self._book is None:
            self.decide(judging, 0)
        elif insist:
            self.decide(judging, now)
        return self.rules

    def decide(self, judging: bytes, holds_from: int) -> bool:
        """Let other rules hold from a time on, for everybody; return whether they are others."""
        digest = digest_of(judging)
        if digest == self._last:
            return False
        decided = Decided("rules", holds_from, digest, judging.decode(), self._author)
        value = _encode(decided)
        self._producer.send(self._topic, value, RULES)
        self._producer.flush(FLUSH_SECONDS)
        self._take([RULES], [value])
        return True

    def poll(self) -> bool:
        """Take what others decided meanwhile; return whether anything was."""
        before = self._last
        for polled in self._reader.read(0):
            self._take(polled.keys, polled.values)
        return self._last != before

    def take_news(self) -> list[TimedInput]:
        """Return what was read since the last call."""
        news, self._news = self._news, []
        return news

    def take_declared(self) -> list[Record]:
        """Return the expectations and drills that are new or ended since the last call."""
        told, self._told = self._told, {}
        return list(told.values())

    def take_acknowledged(self) -> list[Acknowledgement]:
        """Return the acknowledgements that were read since the last call."""
        given, self._acknowledged = self._acknowledged, []
        return given

    def _take(self, keys: list[bytes | None], values: list[bytes | None]) -> None:
        for key, value in zip(keys, values, strict=True):
            if key is None or not value:
                continue
            if is_declared(key):
                self._declare(value)
            if is_acknowledgement(key):
                self._acknowledge(value)
            if key != RULES:
                continue
            try:
                decided = _decode(value)
                rules = rules_from(decided)
            except (msgspec.DecodeError, ConfigError) as error:
                LOGGER.error("a record of %s is left aside: %s", self._topic, error)  # noqa: TRY400
                continue
            if decided.digest == self._last:
                continue
            self._last = decided.digest
            if self._book is None:
                self._book = RuleBook(rules, self._declared)
            else:
                self._book.add(rules)
            self._news.append(
                TimedInput(
                    kind="rules",
                    holds_from=decided.holds_from,
                    digest=decided.digest,
                    document=decided.document,
                    author=decided.author,
                )
            )

    def _declare(self, value: bytes) -> None:
        try:
            record = read_record(value)
        except msgspec.DecodeError as error:
            LOGGER.error("a record of %s is left aside: %s", self._topic, error)  # noqa: TRY400
            return
        if self._declared.add(record):
            known = self._declared.record(record)
            self._told[f"{type(record).__name__}\0{record.id}"] = known
            LOGGER.info("declared: %s", spoken(known))

    def _acknowledge(self, value: bytes) -> None:
        try:
            given = read_acknowledgement(value)
        except msgspec.DecodeError as error:
            LOGGER.error("a record of %s is left aside: %s", self._topic, error)  # noqa: TRY400
            return
        self._acknowledged.append(given)
        LOGGER.info("acknowledged: %s by %s", given.id, given.by)


def rules_from(decided: Decided) -> Rules:
    """Return the rules that a record carries; raises `ConfigError` where they make no sense."""
    catalog, settings = from_judging(decided.document.encode())
    return rules_of(catalog, settings, decided.holds_from, decided.digest)


class Reloading:
    """Keeps rules up to date between two rounds of a loop: call it.

    `judging` reads the configuration anew; None where others decide.
    """

    def __init__(
        self,
        inputs: Inputs,
        store: Store,
        judging: Callable[[], bytes] | None,
        signals: Signals,
        clock: Clock,
    ) -> None:
        self._inputs = inputs
        self._store = store
        self._judging = judging
        self._signals = signals
        self._clock = clock
        self._polled = 0.0
        self._news: list[TimedInput] = []
        self._declared: list[Record] = []
        self._acknowledged: list[Acknowledgement] = []

    def __call__(self) -> None:
        """Take what others decided and what a reload brings; a broken file changes nothing."""
        if self._signals.take_reload() and self._judging is not None:
            self._reload(self._judging)
        now = time.monotonic()
        if now - self._polled < POLL_SECONDS:
            return
        self._polled = now
        if self._inputs.poll():
            LOGGER.info("other rules hold from now on")
        self._news += self._inputs.take_news()
        self._declared += self._inputs.take_declared()
        self._acknowledged += self._inputs.take_acknowledged()
        if self._news or self._declared or self._acknowledged:
            try:
                self._store.write_inputs(self._news)
                self._store.write_declared(self._declared)
                self._store.write_acknowledgements(self._acknowledged)
            except StoreUnavailable:
                return
            self._news, self._declared, self._acknowledged = [], [], []

    def _reload(self, judging: Callable[[], bytes]) -> None:
        try:
            changed = self._inputs.decide(judging(), self._clock.now())
        except OverhealError as error:
            LOGGER.error("the old configuration stays in force: %s", error)  # noqa: TRY400
        else:
            LOGGER.info("reloaded: %s", "new rules hold" if changed else "the rules are the same")

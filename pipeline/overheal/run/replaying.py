"""Choosing dead letters, judging whether sending one again can help, and sending it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from overheal.clock import Clock
from overheal.contract.letter import Letter
from overheal.errors import BrokerUnavailable
from overheal.kafka.polled import Polled
from overheal.kafka.producer import Producer
from overheal.run.bounds import Bounds
from overheal.run.config import Config
from overheal.run.intake import Intake
from overheal.run.letters import Listed, publish, replayed, send_again

FLUSH_SECONDS = 30.0


@dataclass(frozen=True)
class Choice:
    """Which letters are meant; `since` is RFC 3339 as letters write it, None is all."""

    code: str | None = None
    since: str | None = None
    origin: str | None = None


@dataclass(frozen=True)
class Repair:
    """What a replay changes (`headers`; an empty text removes one), and what it insists on."""

    headers: dict[str, str] = field(default_factory=dict)
    again: bool = False
    force: bool = False


def chosen(letters: Sequence[Listed], choice: Choice) -> list[Listed]:
    """Return the letters that are meant, in their order."""
    return [
        letter
        for letter in letters
        if choice.code in (None, letter.code)
        and choice.origin in (None, letter.origin)
        and (choice.since is None or letter.received_at >= choice.since)
    ]


class Replayer:
    """Sends letters again; every `send` is durable, and noted, when it returns."""

    def __init__(self, config: Config, clock: Clock, who: str, repair: Repair) -> None:
        self._config = config
        self._clock = clock
        self._who = who
        self._repair = repair
        self._producer = Producer(config.kafka)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._producer.close()

    def problem(self, letter: Letter, payload: bytes) -> str:
        """Return why a letter should not be sent, with the remedy; `""` where nothing speaks so."""
        if letter.replayed and not self._repair.again:
            last = letter.replayed[-1]
            return f"it was replayed at {last.at} by {last.by}; --again insists"
        if not payload:
            return "it holds no bytes; --file gives some"
        if letter.is_cut and payload == letter.payload:
            return "only its beginning was kept; --file gives the whole record"
        reason = "" if self._repair.force else self._refusal(letter, payload)
        return f"it would be refused again: {reason}; --edit or --file repairs it" if reason else ""

    def send(self, letter: Letter, payload: bytes) -> None:
        """Send a letter's record, then note it.

        Raises `BrokerUnavailable` where Kafka does not take both in time: look before repeating.
        """
        send_again(self._producer, letter, payload, self._repair.headers)
        self._flush(letter)
        noted = replayed(letter, self._clock.now(), self._who)
        publish(self._producer, self._config.topics.dead_letters, noted)
        self._flush(letter)

    def _flush(self, letter: Letter) -> None:
        try:
            self._producer.flush(FLUSH_SECONDS)
        except BrokerUnavailable as error:
            raise BrokerUnavailable(f"{letter.id}: {error}") from None

    def _refusal(self, letter: Letter, payload: bytes) -> str:
        """Return why intake would refuse the record; catalog and times are not looked at."""
        config = self._config
        insist = None if config.ingest.format == "auto" else config.ingest.format
        intake = Intake(config.adapters, config.redactor, Bounds(), config.catalog, insist)
        texts = {**letter.headers, **self._repair.headers}
        headers = {name: text.encode() for name, text in texts.items() if text}
        record = Polled(0, [payload], [letter.key], [0], [0], [headers or None])
        refused = intake.take(record, letter.origin).letters
        return refused[0].reason if refused else ""

"""Choosing dead letters, judging whether sending one again can help, and sending it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from overheal.clock import Clock
from overheal.contract.letter import Letter
from overheal.errors import BrokerUnavailable, InputError
from overheal.kafka.polled import Polled
from overheal.kafka.producer import Producer
from overheal.run.bounds import Bounds
from overheal.run.config import Config
from overheal.run.intake import Intake
from overheal.run.letters import Listed, publish, replayed, rfc3339, send_again

FLUSH_SECONDS = 30.0
_AGO = re.compile(r"([0-9]{1,6})([smhd])\Z")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


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


def moment(text: str | None, now: int) -> str | None:
    """Return a time, or a span before `now` (microseconds UTC), as letters write times.

    Raises `InputError` for anything else.
    """
    if text is None:
        return None
    ago = _AGO.match(text)
    if ago is not None:
        return rfc3339(max(0, now - int(ago[1]) * _UNITS[ago[2]] * 1_000_000))
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is neither a time like 2026-11-20T20:50:00Z nor 2h") from None
    aware = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    return rfc3339(int(aware.timestamp() * 1000) * 1000)


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

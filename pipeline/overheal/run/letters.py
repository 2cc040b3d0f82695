"""Dead letters over Kafka: publishing, finding, reading and replaying them.

A letter's record key is its id, `topic/partition/offset/item`; the newest record of a key counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime

import msgspec

from overheal.contract.letter import Letter, Replay
from overheal.errors import InputError
from overheal.kafka.producer import Producer
from overheal.kafka.reader import Reader
from overheal.kafka.settings import KafkaSettings
from overheal.model import DeadLetter
from overheal.run.intake import REPLAY_OF

SILENCE_SECONDS = 30.0
REASON_SHOWN = 500
MOST = 200_000
"""How many letters are looked through at once; of more, the oldest are left out and counted."""

_NAMED = 5

Progress = Callable[[int], None]
"""Called with the number of records read so far."""


class Listed(msgspec.Struct, frozen=True):
    """A letter without what it holds, and where its newest record stands."""

    id: str
    origin: str
    code: str
    reason: str
    received_at: str
    replayed: int
    place: tuple[int, int]


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Letter).decode


def letter_of(refused: DeadLetter, received: int) -> Letter:
    """Return a refused record as a letter; `received` is microseconds UTC."""
    return Letter(
        origin=refused.origin,
        partition=refused.partition,
        offset=refused.line,
        item=refused.item,
        epoch=refused.epoch,
        code=refused.code,
        reason=refused.reason,
        received_at=rfc3339(received),
        payload=refused.payload,
        key=refused.key,
        headers=dict(refused.headers),
    )


def publish(producer: Producer, topic: str, letter: Letter) -> None:
    """Queue a letter; durable after the producer's `flush`, whose errors it raises."""
    producer.send(topic, _encode(letter), letter.id.encode())


def index(settings: KafkaSettings, topic: str, progress: Progress) -> tuple[list[Listed], int]:
    """Return the letters of a topic, oldest first, and how many older ones were left out."""
    found: dict[str, Listed] = {}
    left_out = 0
    for place, letter in _read(settings, topic, progress):
        earlier = found.pop(letter.id, None)
        if earlier is None and len(found) >= MOST:
            del found[next(iter(found))]
            left_out += 1
        found[letter.id] = Listed(
            letter.id,
            letter.origin,
            letter.code,
            letter.reason[:REASON_SHOWN],
            letter.received_at,
            len(letter.replayed),
            place,
        )
    return sorted(found.values(), key=lambda listed: (listed.received_at, listed.id)), left_out


def fetch(
    settings: KafkaSettings, topic: str, chosen: Collection[Listed], progress: Progress
) -> Iterator[Letter]:
    """Yield chosen letters whole, one at a time, in the order of their topic."""
    places = {listed.place for listed in chosen}
    if not places:
        return
    start: dict[int, int] = {}
    for partition, offset in places:
        start[partition] = min(offset, start.get(partition, offset))
    for place, letter in _read(settings, topic, progress, start):
        if place in places:
            places.discard(place)
            yield letter
            if not places:
                return


def resolve(listed: Collection[Listed], wanted: str) -> Listed:
    """Return the letter with an id or an unambiguous end of one; a last `/0` may be left out.

    Raises `InputError` saying which letters fit, or that none does.
    """
    exact = [one for one in listed if one.id in (wanted, f"{wanted}/0")]
    ends = re.compile(rf"(?:^|[/.]){re.escape(wanted)}(?:/0)?\Z")
    fitting = exact[:1] or [one for one in listed if ends.search(one.id)]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise InputError(
            f"no dead letter has the id {wanted!r}; `overheal dead-letters list` shows them"
        )
    shown = ", ".join(one.id for one in fitting[:_NAMED])
    more = f" and {len(fitting) - _NAMED} more" if len(fitting) > _NAMED else ""
    raise InputError(f"{wanted!r} fits several dead letters: {shown}{more}; write more of the id")


def send_again(
    producer: Producer, letter: Letter, payload: bytes, headers: Mapping[str, str]
) -> None:
    """Queue the record again for the topic it came from, with its key and the id it replays."""
    whole = {name: text.encode() for name, text in {**letter.headers, **headers}.items() if text}
    whole[REPLAY_OF] = letter.id.encode()
    producer.send(letter.origin, payload, letter.key or None, whole)


def replayed(letter: Letter, at: int, by: str) -> Letter:
    """Return a letter with the note that it was sent again; `at` is microseconds UTC."""
    note = Replay(rfc3339(at), by)
    return msgspec.structs.replace(letter, replayed=[*letter.replayed, note])


def rfc3339(micros: int) -> str:
    """Return microseconds UTC as RFC 3339 with milliseconds."""
    moment = datetime.fromtimestamp(micros // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{moment}.{micros // 1000 % 1000:03d}Z"


def _read(
    settings: KafkaSettings, topic: str, progress: Progress, start: Mapping[int, int] | None = None
) -> Iterator[tuple[tuple[int, int], Letter]]:
    """Yield the letters up to the end as it is now; what is no letter is passed over."""
    reader = Reader(settings, topic, start)
    count = 0
    try:
        for polled in reader.to_end(SILENCE_SECONDS):
            for offset, value in zip(polled.offsets, polled.values, strict=True):
                if value:
                    try:
                        letter = _decode(value)
                    except (msgspec.DecodeError, UnicodeError):
                        continue
                    yield (polled.partition, offset), letter
            count += len(polled.offsets)
            progress(count)
    finally:
        reader.close()

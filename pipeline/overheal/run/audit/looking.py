"""Looking closer: what the records of one range hold, and where each event is in the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from overheal.kafka.polled import Polled
from overheal.run.audit.lane import Lane, Suspect
from overheal.run.audit.ledger import UNPROVEN, differs, letters_differ
from overheal.run.audit.verdict import NAMED, Gaps, Named
from overheal.run.intake import CanonicalIntake
from overheal.store import Origin, Store

AGAIN = (
    "restart the worker, then send these records to the topic again (what is stored already is "
    "recognised by its id), before retention removes them"
)
DEFECT = "report this as a defect of overheal, with these ids, unless rows were written by hand"

Key = tuple[str, str]
Place = tuple[int, int]


@dataclass
class Look:
    """What the records of one range hold: events with their keys, and refused places."""

    index: int
    events: dict[Place, Key] = field(default_factory=dict)
    refused: set[Place] = field(default_factory=set)


class Looking:
    """Takes apart one range of a lane at a time; memory is bounded by the largest range.

    With `deep` every event is looked up by its id, else those whose place holds no row.
    """

    def __init__(
        self,
        store: Store,
        topic: str,
        intake: CanonicalIntake,
        gaps: Gaps,
        *,
        present: int,
        deep: bool,
    ) -> None:
        self._store = store
        self._topic = topic
        self._intake = intake
        self._gaps = gaps
        self._present = present
        self._deep = deep
        self._open: dict[int, Look] = {}

    def take(self, lane: Lane, index: int, polled: Polled) -> None:
        """Take records of one suspect of a lane, in order of their offsets."""
        look = self._open.get(polled.partition)
        if look is not None and look.index != index:
            self.finish(lane)
            look = None
        if look is None:
            look = self._open[polled.partition] = Look(index)
        taken = self._intake.take(polled, self._topic, lane.audit.epoch, self._present)
        columns = zip(taken.offsets, taken.items, taken.events, strict=True)
        for position, (offset, item, event) in enumerate(columns):
            if position not in taken.felt:
                look.events[offset, item] = event.key
        look.refused |= {(letter.line, letter.item) for letter in taken.letters}

    def finish(self, lane: Lane) -> None:
        """Say what became of the suspect under way, if there is one."""
        look = self._open.pop(lane.audit.partition, None)
        if look is not None:
            suspect = lane.suspects.pop(look.index)
            self._events(lane, suspect, look)
            self._letters(lane, suspect, look)

    def leftovers(self, lane: Lane) -> None:
        """Take the suspects of which Kafka had no records at all."""
        for suspect in lane.suspects.values():
            entry = suspect.entry
            if suspect.places != entry.stored:
                differs(self._gaps, lane.audit, entry, suspect.places, UNPROVEN)
            if suspect.refused != entry.dead_letters:
                letters_differ(self._gaps, lane.audit, entry, suspect.refused)

    # -- events ----------------------------------------------------------------------------------

    def _events(self, lane: Lane, suspect: Suspect, look: Look) -> None:
        entry, audit = suspect.entry, lane.audit
        place = (self._topic, audit.epoch, audit.partition, entry.first, entry.last)
        there = set(self._store.offsets_stored(*place))
        missing = {at: key for at, key in look.events.items() if at not in there}
        doubted = look.events if self._deep else missing
        origins = self._store.origins(list(dict.fromkeys(doubted.values())))
        lost: dict[Key, Place] = {}
        for at, key in doubted.items():
            if key not in origins:
                lost.setdefault(key, at)
        fewer = entry.stored - suspect.places
        if lost:
            self._lost(lane, suspect, lost)
        elif fewer > len(missing):
            differs(self._gaps, audit, entry, suspect.places, UNPROVEN)
        elif fewer > 0:
            audit.elsewhere += fewer
            audit.note(
                f"offsets {entry.first} to {entry.last}: {fewer:,} stored as the same event from "
                f"elsewhere, as {_example(missing, origins, audit.epoch, audit.partition)}"
            )
        elif fewer < 0:
            self._too_many(lane, suspect, look, there)

    def _lost(self, lane: Lane, suspect: Suspect, lost: dict[Key, Place]) -> None:
        entry = suspect.entry
        self._gaps.add(
            lane.audit,
            "events_missing",
            entry.first,
            entry.last,
            len(lost),
            f"{len(lost):,} of the {entry.stored:,} events that the ledger calls stored in offsets "
            f"{entry.first} to {entry.last} are not in the store",
            AGAIN,
            [Named(*at, *key) for key, at in _first(lost)],
        )

    def _too_many(self, lane: Lane, suspect: Suspect, look: Look, there: set[Place]) -> None:
        """Tell apart an event that stands at two places for now and a row that should not be."""
        entry, audit = suspect.entry, lane.audit
        rows = {at: key for at, key in look.events.items() if at in there}
        origins = self._store.origins(list(dict.fromkeys(rows.values())))
        own = (self._topic, audit.epoch, audit.partition)
        second = {
            at: key
            for at, key in rows.items()
            if key in origins and _at(origins[key]) != (*own, *at)
        }
        surplus = suspect.places - entry.stored
        if len(second) >= surplus:
            audit.note(
                f"offsets {entry.first} to {entry.last}: {surplus:,} rows more than counted, of "
                "events that are stored from another place too; they count once"
            )
            return
        strange = sorted(there - look.events.keys())
        named = [Named(*at, *key) for at, key in list(second.items())[:NAMED]]
        named += [Named(*at) for at in strange[:NAMED]]
        self._gaps.add(
            audit,
            "rows_too_many",
            entry.first,
            entry.last,
            surplus,
            f"the store holds {suspect.places:,} events of offsets {entry.first} to {entry.last}, "
            f"of which the ledger counts {entry.stored:,}",
            DEFECT,
            named,
        )

    # -- dead letters ----------------------------------------------------------------------------

    def _letters(self, lane: Lane, suspect: Suspect, look: Look) -> None:
        entry, audit = suspect.entry, lane.audit
        if suspect.refused >= entry.dead_letters:
            if suspect.refused > entry.dead_letters:
                letters_differ(self._gaps, audit, entry, suspect.refused)
            return
        offsets = sorted({offset for offset, _ in look.refused})
        there = self._store.refused_per_range(
            self._topic, audit.epoch, audit.partition, [(one, one) for one in offsets]
        )
        gone = [offset for offset, count in zip(offsets, there, strict=True) if not count]
        self._gaps.add(
            audit,
            "letters_missing",
            entry.first,
            entry.last,
            entry.dead_letters - suspect.refused,
            f"{entry.dead_letters - suspect.refused:,} of the {entry.dead_letters:,} dead letters "
            f"of offsets {entry.first} to {entry.last} are not in the store",
            "nothing is lost for good: `overheal dead-letters list` shows them from the topic of "
            "dead letters; restore the table `dead_letters` from a backup",
            [Named(offset, 0) for offset in gone],
        )


def _first(lost: dict[Key, Place]) -> Sequence[tuple[Key, Place]]:
    return sorted(lost.items(), key=lambda pair: pair[1])[:NAMED]


def _at(origin: Origin) -> tuple[str, str, int, int, int]:
    return (origin.topic, origin.epoch, origin.partition, origin.offset, origin.item)


def _example(
    missing: dict[Place, Key], origins: dict[Key, Origin], epoch: str, partition: int
) -> str:
    """Return where one of the events stands, one of another partition or epoch if there is one."""
    key = min(
        missing.values(),
        key=lambda one: (origins[one].epoch, origins[one].partition) == (epoch, partition),
    )
    found = origins[key]
    told = "" if found.epoch == epoch else f" of epoch {found.epoch or 'none'}"
    return f"{found.topic} [{found.partition}] {found.offset}{told} ({key[1]})"

"""What took effect on which field, and what of it an action cannot have known."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from overheal.model import DAY, Event, Value
from overheal.state.memory import Recent
from overheal.state.place import target_key

KEPT = DAY
"""How long an effect, and the beginning of an action, are remembered at least."""

EFFECTS_KEPT, FIELDS_KEPT = 8, 16
"""Of a field its newest effects are remembered, of a target at least this many fields."""


class Basis(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What an action that began said of itself: what it writes, and what it knew."""

    observed_at: int | None
    version: str
    instance: str
    field: str
    old: Value
    new: Value
    causes: tuple[str, ...]
    correlation: str


class Effect(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One action that took effect on a field `at` (microseconds UTC), in which event.

    `removes` is whether it took its target away rather than set a value.
    """

    at: int
    id: str
    action: str
    agent: str
    instance: str
    old: Value
    value: Value
    version: str
    correlation: str
    removes: bool


class Act(NamedTuple):
    """An action that takes effect now, and what it was based on."""

    event: Event
    basis: Basis
    removes: bool


class Clash(NamedTuple):
    """A newer effect that an action did not know of, on which field; what that does to it."""

    effect: Effect
    field: str
    harm: str


REVERTS, REMOVES, OVERWRITES = "reverts", "removes", "overwrites"


class Effects(msgspec.Struct):
    """The newest effects on each target's fields, and which fields hold which name."""

    targets: Recent[dict[str, list[Effect]]] = msgspec.field(default_factory=lambda: Recent(KEPT))
    uses: Recent[tuple[str, str]] = msgspec.field(default_factory=lambda: Recent(KEPT))

    def knows(self, key: str, field: str, action: str) -> bool:
        """Whether an action took effect already."""
        fields = self.targets.get(key)
        effects = fields.get(field) if fields else None
        return effects is not None and action in [effect.action for effect in effects]

    def clash(self, key: str, act: Act, tolerance: int) -> Clash | None:
        """Return the newest effect that `act` overwrites or removes without having known of it.

        Effects closer to its own than `tolerance` (microseconds) may have come after it.
        """
        before = act.event.time - tolerance
        if not act.removes:
            effect = _newest(self._of(key).get(act.basis.field, ()), before)
            if (
                effect is None
                or effect.value == act.basis.new
                or not _unknown(act, effect, tolerance)
            ):
                return None
            return Clash(effect, act.basis.field, self._harm(key, act, effect))
        found = [(effect, field) for effect, field in self._used(key, act, before)]
        stale = [one for one in found if not one[0].removes and _unknown(act, one[0], tolerance)]
        if not stale:
            return None
        effect, field = max(stale, key=lambda one: (one[0].at, one[0].id))
        return Clash(effect, field, REMOVES)

    def add(self, key: str, field: str, effect: Effect, environment: str) -> None:
        """Remember what took effect on a field."""
        fields = self._of(key)
        effects = fields.setdefault(field, [])
        if effects and isinstance(effects[-1].value, str):
            held = f"{environment}\0{effects[-1].value}"
            if self.uses.get(held) == (key, field):
                self.uses.drop(held)
        effects.append(effect)
        del effects[:-EFFECTS_KEPT]
        if len(fields) > FIELDS_KEPT:
            for name in [name for name, of in fields.items() if of[-1].at + KEPT < effect.at]:
                del fields[name]
        self.targets.put(key, fields, effect.at)
        if isinstance(effect.value, str):
            self.uses.put(f"{environment}\0{effect.value}", (key, field), effect.at)

    def _of(self, key: str) -> dict[str, list[Effect]]:
        return self.targets.get(key) or {}

    def _harm(self, key: str, act: Act, effect: Effect) -> str:
        """Return whether a write puts back what the newer one had replaced."""
        effects = self._of(key)[act.basis.field]
        at = effects.index(effect)
        replaced = effects[at - 1].value if effect.old is None and at else effect.old
        return REVERTS if replaced is not None and replaced == act.basis.new else OVERWRITES

    def _used(self, key: str, act: Act, before: int) -> list[tuple[Effect, str]]:
        """Return the newest effect on each field of a target, and on what holds its name."""
        found = [(_newest(of, before), field) for field, of in self._of(key).items()]
        target, environment = act.event.target, act.event.environment
        held = self.uses.get(f"{environment}\0{target.name}") if target is not None else None
        if held is not None and target is not None and held[0] != key:
            effect = _newest(self._of(held[0]).get(held[1], ()), before)
            if effect is not None and effect.value == target.name:
                found.append((effect, held[1]))
        return [(effect, field) for effect, field in found if effect is not None]


def basis_of(event: Event, began: Basis | None) -> Basis:
    """Return what an action was based on, as its events so far tell together."""
    detail = event.detail
    at = None if detail is None else detail.observed_at
    version = "" if detail is None else detail.observed_version
    instance = "" if detail is None else detail.instance
    own = Basis(
        at,
        version,
        instance,
        event.field,
        event.old,
        event.new,
        event.caused_by,
        event.correlation_id,
    )
    if began is None:
        return own
    writes = own if own.new is not None else began
    return Basis(
        began.observed_at if at is None else at,
        version or began.version,
        instance or began.instance,
        own.field or began.field,
        began.old if writes.old is None else writes.old,
        writes.new,
        (*began.causes, *own.causes),
        own.correlation or began.correlation,
    )


def place_of(event: Event) -> str:
    """Return the key of an event's target, `""` where it has none."""
    return "" if event.target is None else target_key(event.environment, event.target)


def _newest(effects: list[Effect] | tuple[()], before: int) -> Effect | None:
    return next((effect for effect in reversed(effects) if effect.at < before), None)


def _unknown(act: Act, effect: Effect, tolerance: int) -> bool:
    """Whether an action by somebody else cannot have known of an effect.

    Versions are compared between the instances of one agent only, because what another calls a
    version may count something else. Who acted on a version took effect after it: a basis of the
    same version, or of a smaller number, is older than that effect.
    """
    event, basis = act.event, act.basis
    if event.agent == effect.agent and (
        not basis.instance or not effect.instance or basis.instance == effect.instance
    ):
        return False
    if effect.id in basis.causes or effect.action in basis.causes:
        return False
    if basis.correlation and basis.correlation == effect.correlation:
        return False
    if event.agent == effect.agent and basis.version and effect.version:
        ours, theirs = _number(basis.version), _number(effect.version)
        if ours is not None and theirs is not None:
            return ours <= theirs
        if basis.version == effect.version:
            return True
    return basis.observed_at is not None and basis.observed_at + tolerance < effect.at


def _number(version: str) -> float | None:
    """Return a version as a number, None where it is none.

    >>> _number("12"), _number("v12"), _number("nan")
    (12.0, None, None)
    """
    return float(version) if version.replace(".", "", 1).isdecimal() else None

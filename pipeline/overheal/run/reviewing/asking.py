"""What the commands ask for: a review, readiness, and the taking of a review of an action."""

from __future__ import annotations

from dataclasses import dataclass

from overheal.catalog import Catalog
from overheal.contract.refusal import nearest
from overheal.errors import InputError
from overheal.model import DAY
from overheal.report.review.assemble import review
from overheal.report.review.looks import Known, Seen, Writers
from overheal.report.review.parts import Review
from overheal.report.review.readiness import Readiness, readiness
from overheal.run.catalogs import catalog_told
from overheal.run.config import Config
from overheal.run.reviewing.gather import gathered
from overheal.store import ActionReview, NamedAction, Store

VERDICTS = ("good", "bad", "unclear")


def reviewed(store: Store, config: Config, since: int, until: int) -> Review:
    """Return the review of since ≤ time < until (microseconds UTC).

    Without a catalog of its own the configuration has that of the fleet, where the store knows it.
    """
    return review(gathered(store, _catalog(store, config, until), since, until), config.review)


def ready(store: Store, config: Config, now: int, only: str = "") -> Readiness:
    """Return how ready the services are at `now`; raises `InputError` where none is called `only`.

    The error names the nearest.
    """
    settings = config.readiness
    span = {"start": max(0, now - settings.history_days * DAY), "end": now + 1}
    fleet = catalog_told(store, now)
    own = config.catalog if config.catalog.file.services else None
    catalog = own or fleet or Catalog()
    declared = store.declared()
    known = Known(
        now=now,
        catalog=catalog,
        fleet=fleet if own is not None else None,
        seen=[Seen(*row) for row in store.span_rows("readiness_seen", **span)],
        writers=[Writers(*row) for row in store.span_rows("readiness_writers", **span)],
        drills=[
            *declared.drills.values(),
            *(one.declared() for one in catalog.file.drills),
        ],
    )
    found = readiness(known, settings, only)
    if only and not found.services:
        names = [*(one.service for one in known.seen), *catalog.file.services]
        near = nearest(only, [*names, *(one.rpartition("/")[2] for one in names)])
        hint = f"did you mean {near!r}?" if near else "`overheal readiness` shows all"
        raise InputError(f"no service is called {only!r}; {hint}")
    return found


@dataclass(frozen=True)
class Given:
    """A review that was taken; `new` is False where the same one was there already."""

    review: ActionReview
    agent: str
    new: bool


def give(
    store: Store, asked: str, *, by: str, verdict: str, note: str, author: str, now: int
) -> Given:
    """Record what `by` thinks of the action called `asked`, or of the only one that begins so.

    The same words of the same person are taken once; another verdict later replaces the earlier.
    `now` is microseconds UTC. Raises `InputError` for an id that is nobody's or several's, for an
    action that never began, and for one who reviews their own.
    """
    action = _action(store, asked)
    if not action.acted:
        raise InputError(
            f"{action.action_id} was proposed and never began; there is no run to review"
        )
    if by.casefold() == action.agent.casefold():
        raise InputError(
            f"{action.agent} did {action.action_id}; have somebody else review it: --by NAME"
        )
    made = ActionReview(
        environment=action.environment,
        service=action.service,
        type=action.type,
        action_id=action.action_id,
        by_hand=action.by_hand,
        level=action.level,
        acted_at=action.began_at,
        at=now,
        by=by,
        verdict=verdict,
        note=note,
        author=author,
    )
    earlier = [one for one in store.reviews() if (one.action_id, one.by) == (made.action_id, by)]
    if earlier and (earlier[-1].verdict, earlier[-1].note) == (verdict, note):
        return Given(earlier[-1], action.agent, new=False)
    store.write_reviews([made])
    return Given(made, action.agent, new=True)


def _action(store: Store, asked: str) -> NamedAction:
    found = store.actions_named(asked) if asked else []
    exact = [one for one in found if one.action_id == asked]
    chosen = exact or found
    if len(chosen) == 1:
        return chosen[0]
    if not chosen:
        for length in range(len(asked) - 1, 2, -1):
            near = store.actions_named(asked[:length])
            if near:
                raise InputError(
                    f"no action is called {asked!r}; did you mean {near[0].action_id}?"
                )
        raise InputError(
            f"no action is called {asked!r}; `overheal findings show ID` names actions"
        )
    if exact:
        homes = ", ".join(f"{one.service} in {one.environment}" for one in exact)
        raise InputError(f"{asked} is the id of actions on {homes}; their ids must differ")
    names = ", ".join(one.action_id for one in chosen[:5])
    raise InputError(f"{asked} is the beginning of {len(chosen)} actions: {names}; write more")


def _catalog(store: Store, config: Config, now: int) -> Catalog:
    if config.catalog.file.services:
        return config.catalog
    return catalog_told(store, now) or config.catalog

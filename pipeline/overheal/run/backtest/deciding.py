"""Which of several settings made a difference: each is changed alone, and judged again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from overheal.detect.registry import named
from overheal.run.backtest.comparing import Difference, differences, paired
from overheal.run.backtest.history import Ask, History
from overheal.run.backtest.inforce import with_setting
from overheal.run.backtest.places import groups, of_services
from overheal.run.backtest.plan import FLEET, Plan, Setting, rules_from
from overheal.run.config.judging import from_judging
from overheal.store import Store
from overheal.store.past import StoredPlace

MOST = 6
"""So many settings of one detector are told apart by trying; of more, all are named."""

Sign = tuple[str, bool, str, str, float | None]


class Deciding:
    """Tells what differs for a service, and which of it alone makes the same difference."""

    def __init__(self, store: Store, ask: Ask, plan: Plan, places: Sequence[StoredPlace]) -> None:
        self._store = store
        self._ask = ask
        self._plan = plan
        self._places = places
        self._catalogs = [rules_from(ask.before).catalog, rules_from(ask.after).catalog]
        self._books = [from_judging(side)[1] for side in (ask.before, ask.after)]
        self._known: dict[tuple[str, str], list[Setting]] = {}

    def differing(self, detector: str, service: str) -> Sequence[Setting]:
        """Return the settings of a detector that differ for a service."""
        known = self._known.get((detector, service))
        if known is None:
            one, other = (book.lookup(named(detector)[0])("", service) for book in self._books)
            known = self._known[detector, service] = [
                Setting(detector, name, service, getattr(one, name), getattr(other, name))
                for name in type(one).__dataclass_fields__
                if getattr(one, name) != getattr(other, name)
            ]
        return known

    def decisive(self, found: Sequence[Difference]) -> Mapping[str, Collection[str]]:
        """Return for findings the names of settings that make the difference when changed alone.

        Only detectors of the scope stage are tried, on the scopes where something differs.
        """
        if self._plan.elsewhere:
            return {}
        alone: dict[str, list[str]] = {}
        unsure: dict[str, list[Difference]] = {}
        for one in found:
            finding = one.pair.one
            several = len(self.differing(finding.detector, finding.service)) > 1
            if several and finding.detector not in FLEET:
                unsure.setdefault(finding.detector, []).append(one)
        for detector, differing in unsure.items():
            names = list(
                dict.fromkeys(one.name for one in self._plan.settings if one.detector == detector)
            )
            for name in names if len(names) <= MOST else ():
                made = self._signs(detector, name, differing)
                for one in differing:
                    if _sign(one) in made:
                        alone.setdefault(one.pair.one.id, []).append(name)
        return alone

    def _signs(self, detector: str, name: str, differing: Sequence[Difference]) -> set[Sign]:
        """Return the differences that one setting makes alone, everywhere it differs."""
        after = self._ask.before
        for setting in self._plan.settings:
            if (setting.detector, setting.name) == (detector, name):
                after = with_setting(after, setting)
        where = {(one.pair.one.environment, one.pair.one.service) for one in differing}
        chosen = of_services(groups(self._places, self._catalogs), where)
        places = [place for group in chosen for place in group.places]
        only = frozenset({detector})
        plan = Plan(only, frozenset(), frozenset(), ())
        ask = replace(self._ask, after=after)
        sides = History(self._store, ask, places, services=where).judged(plan)
        return {_sign(one) for one in differences(paired(sides.before, sides.after))}


def _sign(one: Difference) -> Sign:
    before, after = one.pair.before, one.pair.after
    return (
        one.kind.value,
        one.is_page,
        before.id if before is not None else "",
        after.id if after is not None else "",
        one.seconds,
    )

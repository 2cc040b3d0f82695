"""The acts that concern one thing, and what is counted of them."""

from __future__ import annotations

from collections import OrderedDict, defaultdict

from overheal.detect.compound_hazard.crowds import Act
from overheal.detect.compound_hazard.things import is_target


class Place:
    """What is known of one thing in the window.

    `acts` are numbered as they came, `mandates` counts the agents that go by each, `sure` the acts
    of which the catalog or the target itself says that they concern the thing. By the number of
    an open finding `taken` counts the acts that it has, and says `marks` up to which number it has
    all.
    """

    __slots__ = ("acts", "is_target", "mandates", "marks", "sure", "taken", "thing")

    def __init__(self, thing: str) -> None:
        self.thing = thing
        self.is_target = is_target(thing)
        self.acts: OrderedDict[int, Act] = OrderedDict()
        self.mandates: defaultdict[str, int] = defaultdict(int)
        self.sure = 0
        self.taken: defaultdict[int, int] = defaultdict(int)
        self.marks: dict[int, int] = {}

    def since(self, finding: int) -> list[tuple[int, Act]]:
        """Return the acts that came since an open finding had all, the newest first."""
        mark, found = self.marks.get(finding, 0), []
        for number in reversed(self.acts):
            if number <= mark:
                break
            found.append((number, self.acts[number]))
        if found:
            self.marks[finding] = found[0][0]
        return found

"""One row of the table by which Events are understood."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import get_args

from overheal.adapters.kubernetes.sighting import Sighting
from overheal.contract.recovery import is_recovery
from overheal.contract.schema import ActionType, TriggerKind

OBSERVED = ("symptom", "change")
TYPES = (*get_args(ActionType), *OBSERVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row: which Events it is about, and what they become.

    Empty `reasons`, `components` or `kinds` fit everything; an Event whose component is unknown
    (a text table's row) fits by its reason. `message` is a regular expression searched in the
    message. `becomes` is an action type, or `symptom` or `change` for an observation. A rule with
    `context` names the part of the adapter that looks at what came before, and decides then.
    """

    reasons: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    message: str = ""
    becomes: str
    trigger: str = "unknown"
    outcome: str = "unknown"
    expected: str = "the controller's next attempt succeeds"
    context: str = ""
    explained: str = ""

    def __post_init__(self) -> None:
        """Refuse words outside the vocabulary, so that a wrong setting fails at the start."""
        for value, known in ((self.becomes, TYPES), (self.trigger, get_args(TriggerKind))):
            if value not in known:
                raise ValueError(f"{value!r} is none of {', '.join(known)}")
        if self.outcome not in ("unknown", "failed", "succeeded"):
            raise ValueError(f"{self.outcome!r} is none of unknown, failed, succeeded")
        re.compile(self.message)

    @property
    def recovery(self) -> bool:
        """Whether what it describes counts as a recovery."""
        return self.becomes not in OBSERVED and is_recovery(self.becomes, self.trigger)

    def described(self) -> str:
        """Return the row of this rule in the documentation's table."""
        observed = self.becomes in OBSERVED
        cells = (
            ", ".join(self.components) or "any",
            ", ".join(self.reasons) or "any",
            f"`{self.message}`".replace("|", "\\|") if self.message else "",
            f"observation `{self.becomes}`" if observed else f"`{self.becomes}`",
            "" if observed else self.trigger,
            "" if observed else ("yes" if self.recovery else "no"),
            "" if observed else self.outcome,
            self.explained,
        )
        return f"| {' | '.join(cells)} |"

    def fits(self, event: Sighting) -> bool:
        """Whether an Event is one of those that this rule is about."""
        if self.reasons and event.reason not in self.reasons:
            return False
        if self.components and event.component and event.component not in self.components:
            return False
        if self.kinds and event.kind and event.kind not in self.kinds:
            return False
        return not self.message or _compiled(self.message).search(event.message) is not None


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)

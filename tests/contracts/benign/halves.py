"""Actions that take their time, and sources that tell only half of what they do."""

from __future__ import annotations

from overheal.model import Detail
from tests.contracts.benign.entry import Benign
from tests.support.made import HOUR, MINUTE, History

BOT = {"agent": "pipeline", "agent_kind": "workflow", "type": "backup", "trigger": "schedule"}


def takes_its_time(*, ends: bool = True) -> History:
    """Long actions that end a little late, one that is called off, and one told by clocks apart."""
    made = History()
    expected = Detail(within=600.0)
    for number in range(6):
        at, action = number * 4 * HOUR, f"backup-{number}"
        made.add(at, phase="started", action_id=action, detail=expected, **BOT)
        if ends:
            made.add(at + 25 * MINUTE, action_id=action, duration=1500.0, **BOT)
    made.add(30 * HOUR, phase="started", action_id="off", **BOT)
    made.add(30 * HOUR + 60, phase="rejected", action_id="off", **BOT)
    made.add(31 * HOUR, action_id="clocks", **BOT)
    made.add(31 * HOUR + 3, phase="started", action_id="clocks", **BOT)
    return made


def only_ends(*, starts: int = 0) -> History:
    """A controller that reports what it did and never what it begins."""
    made = History()
    for number in range(24):
        fields = {"agent": "controller", "type": "scale", "trigger": "demand"}
        if number < starts:
            made.action(number * HOUR, number * HOUR + 30, **fields)
        else:
            made.add(number * HOUR, **fields)
    return made


ENTRIES = [
    Benign(
        "backups that end a little late",
        takes_its_time,
        lambda: takes_its_time(ends=False),
        "incomplete_action",
    ),
    Benign(
        "a controller that reports ends only",
        only_ends,
        lambda: only_ends(starts=12),
        "incomplete_action",
    ),
]

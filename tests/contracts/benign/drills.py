"""Practice: what people and their tools do on purpose while nothing may repair itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.contracts.benign.entry import Benign
from tests.support.events import START
from tests.support.made import MINUTE, History


def unplugged(*, automation: bool = False) -> History:
    """People stop things, repair them by hand and roll a release out; the platform follows."""
    made = History()
    people: dict[str, Any] = {"agent": "ada", "agent_kind": "human", "trigger": "manual"}
    for minute in (10, 25, 40, 55):
        made.add(minute * MINUTE, type="restart", **people)
    deploy = made.add(70 * MINUTE, type="deploy", **people)
    made.write(
        70 * MINUTE + 2,
        "deployment-controller",
        3,
        caused_by=(deploy.action_id,),
        agent_kind="platform",
    )
    made.add(71 * MINUTE, witness_of=deploy.action_id)
    made.recovery(3 * 60 * MINUTE)
    if automation:
        made.recovery(30 * MINUTE)
    return made


def drill(*, no_automation: bool) -> dict[str, Any]:
    one = {"id": "unplugged", "from": START, "until": START + timedelta(hours=2)}
    return {"drills": [{**one, "no_automation": no_automation}]}


ENTRIES = [
    Benign(
        "a drill in which only people act",
        unplugged,
        lambda: unplugged(automation=True),
        "automation_in_drill",
        catalog=drill(no_automation=True),
        harmful_catalog=drill(no_automation=True),
    ),
    Benign(
        "an ordinary drill that automation repairs",
        lambda: unplugged(automation=True),
        lambda: unplugged(automation=True),
        "automation_in_drill",
        catalog=drill(no_automation=False),
        harmful_catalog=drill(no_automation=True),
    ),
]

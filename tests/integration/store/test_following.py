"""Follow-ups and acknowledgements in the store."""

from __future__ import annotations

import msgspec

from overheal.store import Acknowledgement, FollowUp
from tests.integration.store.made import START

ASKED = FollowUp(
    id="followup-2026-W47-1a2b3c4d",
    week="2026-W47",
    since=START,
    until=START + 10**12,
    environment="production",
    service="shop/ledger",
    owner="payments",
    finding="masked_degradation-1",
    recoveries=12,
    episodes=3,
    asked_at=START + 5,
    due_at=START + 9,
)
ANSWER = Acknowledgement(
    id=ASKED.id, kind="follow_up", at=START, by="ada", found="it's a leak", author="root"
)


def test_a_follow_up_stays_as_it_was_first_asked(store):
    store.write_follow_ups([])
    later = msgspec.structs.replace(ASKED, asked_at=START + 7, owner="web", due_at=START + 11)
    for one in (later, ASKED, later):
        store.write_follow_ups([one])
    assert store.follow_ups() == [ASKED]


def test_every_acknowledgement_is_kept_once_and_in_order(store):
    second = msgspec.structs.replace(ANSWER, at=START + 1, by="bob", found="")
    for one in (second, ANSWER, second, ANSWER):
        store.write_acknowledgements([one])
    store.write_acknowledgements([])
    assert store.acknowledgements() == [ANSWER, second]

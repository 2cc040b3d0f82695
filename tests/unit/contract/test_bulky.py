"""Bulky parts of a document are kept for one action in ten, and cut for the others."""

from __future__ import annotations

from pathlib import Path

import msgspec

from overheal.contract.bulky import CUT, KEPT, LARGEST, sampled, thinned
from overheal.contract.decode import decode

ACTION = msgspec.json.decode(Path("schemas/examples/actions/restart-finished.json").read_bytes())


def made(action_id, trace=None, value="healthy"):
    document = msgspec.json.decode(msgspec.json.encode(ACTION))
    data = document["data"]
    data["action_id"] = action_id
    if trace is not None:
        data["ext"] = {"trace": trace, "other": 1}
    data["decision"] = {"evidence": [{"source": "probe", "kind": "log", "value": value}]}
    return decode(msgspec.json.encode(document))


def of(wanted):
    return next(f"a-{n}" for n in range(1000) if sampled(f"a-{n}") is wanted)


def test_one_action_in_ten_is_sampled_and_always_the_same():
    chosen = [n for n in range(20_000) if sampled(f"action-{n}")]
    assert 1_850 < len(chosen) < 2_150
    assert chosen == [n for n in range(20_000) if sampled(f"action-{n}")]


def test_an_event_without_bulk_is_the_same_object():
    event = made(of(False))
    assert thinned(event) == (event, "")
    assert thinned(event)[0] is event


def test_a_trace_is_cut_and_the_rest_stays():
    event = made(of(False), trace={"spans": ["x" * 50] * 50})
    thin, what = thinned(event)
    assert what == CUT
    document = msgspec.json.decode(thin.document)
    assert document["data"]["ext"]["trace"].startswith("[cut: 2661 bytes, blake2b ")
    assert document["data"]["ext"]["other"] == 1
    assert msgspec.structs.replace(thin, document=event.document) == event
    assert thinned(thin) == (thin, "")


def test_a_sampled_action_keeps_everything():
    event = made(of(True), trace=[1, 2], value="y" * 9_000)
    assert thinned(event) == (event, KEPT)


def test_evidence_is_bulky_above_four_kilobytes():
    small = made(of(False), value="y" * (LARGEST - 2))
    assert thinned(small) == (small, "")
    large = made(of(False), value="y" * (LARGEST - 1))
    thin, what = thinned(large)
    assert what == CUT
    (mark,) = [value for _, _, value in thin.detail.evidence]
    assert mark.startswith(f"[cut: {LARGEST + 1} bytes")
    assert mark.encode() in thin.document


def test_equal_values_stay_equal_and_others_differ():
    a, b, c = (
        thinned(made(of(False), value=mark * 5_000))[0].detail.evidence for mark in ("a", "a", "b")
    )
    assert a == b != c

"""`signal_disagreement`: what design and documentation say of evidence that contradicts itself."""

from __future__ import annotations

import doctest
import re
from pathlib import Path
from typing import Any

import pytest

from overheal.detect.signal_disagreement import reading
from overheal.detect.signal_disagreement.reading import HEALTHY, UNHEALTHY, health
from overheal.model import Detail, Status, Tier
from tests.support.made import HOUR, History, moment, of, told

ROOT = Path(__file__).resolve().parents[3]
NAME = "signal_disagreement"
CONTRADICTS = (("monitoring", "healthy"), ("application", "degraded"), ("network", "normal"))
AGREES = (("monitoring", "degraded"), ("application", "degraded"), ("network", "slow"))


def acted(
    *moments: float, signals: Any = CONTRADICTS, evidence: Any = (), **fields: Any
) -> History:
    made = History()
    for at in moments or (0,):
        detail = Detail(signals=signals, evidence=evidence)
        made.add(at, detail=detail, **{"agent": "bot", "agent_kind": "ai_agent", **fields})
    return made


def found(made: History, until: float | None = None, **chosen: Any) -> list[Any]:
    return of(told(made, until=until, **chosen), NAME)


def test_acting_on_a_contradiction_is_actionable_and_names_both_sides():
    (one,) = found(acted())
    assert (one.tier, one.count) == (Tier.ACTIONABLE, 1)
    assert one.evidence["healthy"] == ["monitoring", "network"]
    assert one.evidence["unhealthy"] == ["application"]
    assert "application said unhealthy, and monitoring and network said healthy" in one.summary


def test_evidence_that_agrees_is_silent():
    assert not found(acted(signals=AGREES))
    assert not found(acted(signals=()))


@pytest.mark.parametrize("phase", ["proposed", "approved", "rejected", "verified"])
def test_nobody_acted_yet(phase):
    assert not found(acted(phase=phase))


def test_the_start_tells_it_and_the_action_counts_once():
    made = acted(0, 9, phase="started", action_id="one")
    (one,) = found(made)
    assert (one.count, one.member_count) == (1, 1)


def test_a_person_who_acts_by_hand_may_know_more():
    assert not found(acted(trigger="manual"))


def test_a_witness_is_not_the_actor():
    assert not found(acted(witness_of="other"))


def test_each_side_needs_its_number():
    two = CONTRADICTS[:2]
    assert not found(acted(signals=two))
    assert found(acted(signals=two), settings={NAME: {"healthy": 1}})
    assert not found(acted(), settings={NAME: {"unhealthy": 2}})


def test_evidence_of_the_decision_counts_like_signals():
    evidence = (("application", "health", "failing"),)
    assert found(acted(signals=(("a", "ok"), ("b", "up")), evidence=evidence))


def test_a_source_counts_once_on_a_side():
    assert not found(acted(signals=(("app", "down"), ("probe", "ok"), ("Probe", "up"))))


def test_readings_before_and_after_are_no_contradiction():
    both = tuple(
        (source, kind, value)
        for source in ("app", "probe")
        for kind, value in (("before", "degraded"), ("after", "healthy"))
    )
    assert not found(acted(signals=(), evidence=both))


def test_what_was_read_after_the_action_is_no_ground_for_it():
    after = (("probe", "after", "ok"), ("network", "health_after", "ok"))
    assert not found(acted(signals=(("app", "down"),), evidence=after))


def test_a_source_that_says_both_says_neither():
    flaps = (("app", "down"), ("app", "up"), ("a", "ok"), ("b", "ok"))
    assert not found(acted(signals=flaps))


@pytest.mark.parametrize("value", ["", "elevated", "12 %", 0, 0.97, True, False, None])
def test_what_is_in_neither_vocabulary_says_nothing(value):
    assert health(value) is None


@pytest.mark.parametrize("value", ["NOT_READY", "not-ready", " Not Ready ", "NotReady"])
def test_spelling_does_not_matter(value):
    assert health(value) is False


def test_no_word_is_on_both_sides():
    assert not HEALTHY & UNHEALTHY
    assert all(health(word) is True for word in HEALTHY)
    assert all(health(word) is False for word in UNHEALTHY)
    assert doctest.testmod(reading).failed == 0


def test_one_finding_for_each_agent_and_service_while_it_goes_on():
    made = acted(0, 5 * HOUR, 10 * HOUR)
    (one,) = found(made, 15 * HOUR)
    assert (one.count, one.status) == (3, Status.OPEN)
    (one,) = found(made, 16 * HOUR)
    assert one.resolved_at == moment(16 * HOUR)
    made.events += acted(1, agent="other", id="x").events
    assert len(found(made)) == 2


def test_after_six_quiet_hours_it_is_another_finding():
    assert len(found(acted(0, 6 * HOUR))) == 2
    assert len(found(acted(0, 6 * HOUR - 1))) == 1


def test_what_belongs_to_no_service_is_named_after_its_agent():
    (one,) = found(acted(service=""))
    assert one.title == "bot"


def test_the_documentation_lists_the_vocabulary():
    text = (ROOT / "docs" / "detectors.md").read_text().split("## signal_disagreement")[1]
    for side, words in (("Healthy", HEALTHY), ("Unhealthy", UNHEALTHY)):
        sentence = re.search(rf"\*{side}\* are: ([^.]+)\.", text, re.IGNORECASE)
        assert sentence is not None
        listed = {word.lower() for word in sentence[1].split(", ")}
        assert listed == words - {"notready"}

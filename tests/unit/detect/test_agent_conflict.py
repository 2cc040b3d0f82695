"""`agent_conflict`: what design and documentation say, one sentence a test."""

from __future__ import annotations

import random

from overheal.detect.agent_conflict.fights import FIGHTS_KEPT
from overheal.model import Status, Tier
from tests.support.made import HOUR, MINUTE, History, moment, of, only, told

NAME = "agent_conflict"


def fight(rounds: int = 3, made: History | None = None, start: float = 0, **fields) -> History:
    """Return two agents who undo each other twice a round, after the first write."""
    made = made or History()
    for number in range(rounds):
        at = start + number * 10 * MINUTE
        made.write(at, "hpa", 8, 3, mandate="latency", **fields)
        made.write(at + 60, "gitops", 3, 8, trigger="policy", **fields)
    return made


def standing(findings):
    return [one for one in of(findings, NAME) if one.status is not Status.SUPERSEDED]


def test_the_third_reversal_by_both_of_two_agents_is_actionable():
    assert of(told(fight(1)), NAME) == []
    found = only(told(fight(2)), NAME)
    assert (found.tier, found.count) == (Tier.ACTIONABLE, 3)
    assert found.detected_at == moment(11 * MINUTE)


def test_it_names_both_agents_the_field_what_each_wants_and_both_mandates():
    found = only(told(fight()), NAME)
    assert found.agents == ["gitops", "hpa"]
    assert found.evidence["field"] == "replicas"
    assert found.evidence["wants"] == {"gitops": [3], "hpa": [8]}
    assert found.evidence["mandates"] == {"gitops": "conformity", "hpa": "latency"}
    assert "gitops wants 3, hpa wants 8" in found.summary


def test_it_begins_with_the_write_that_was_undone_first():
    made = fight()
    assert only(told(made), NAME).members == [event.id for event in made.events]


def test_twelve_in_the_window_are_critical():
    assert only(told(fight(6)), NAME).tier is Tier.ACTIONABLE
    assert only(told(fight(7)), NAME).tier is Tier.CRITICAL


def test_users_who_feel_it_make_it_critical():
    made = fight()
    made.felt(15 * MINUTE)
    assert only(told(made), NAME).tier is Tier.CRITICAL


def test_one_side_that_always_gives_in_is_no_fight():
    made = History()
    for number in range(8):
        made.write(number * 600, "hpa", 3 + number)
        made.write(number * 600 + 60, "gitops", 3 + number)
    assert of(told(made), NAME) == []


def test_one_agent_alone_cannot_fight():
    made = History()
    for number in range(12):
        made.write(number * 300, "hpa", number % 2, trigger="policy")
    assert of(told(made), NAME) == []


def test_agents_who_take_turns_in_the_same_values_do_not_fight():
    made = History()
    for number in range(12):
        made.write(number * 300, ("blue", "green")[number // 2 % 2], number % 2, trigger="policy")
    found = of(told(made), NAME)
    assert found == []


def test_clean_up_that_undoes_is_doing_its_job():
    made = History()
    for number in range(8):
        made.write(number * 600, "creator", True, False, type="deploy", field="exists")
        made.write(number * 600 + 300, "cleaner", False, True, type="cleanup", field="exists")
    assert told(made) == []


def test_an_action_that_tells_its_start_and_its_end_writes_once():
    made = History()
    for number in range(4):
        at = number * 600
        made.write(at, "hpa", 8, phase="started", action_id=f"h{number}")
        made.write(at + 60, "ada", 3, action_id=f"a{number}", agent_kind="human")
        made.write(at + 90, "hpa", 8, action_id=f"h{number}")
        made.write(at + 120, "hpa", 3, action_id=f"x{number}")
    found = told(made)
    assert all(one.count <= 7 for one in of(found, NAME))


def test_it_resolves_once_fewer_than_three_are_left_in_the_window():
    found = only(told(fight(2), until=6 * HOUR + 2 * MINUTE), NAME)
    assert (found.status, found.resolved_at) == (Status.RESOLVED, moment(6 * HOUR + 60))


def test_of_three_agents_each_pair_is_judged_by_itself():
    made = History()
    for number in range(9):
        agent, value = (("hpa", 8), ("gitops", 3), ("keda", 9))[number % 3]
        made.write(number * 300, agent, value, trigger="policy")
    made = fight(4, made, start=2 * HOUR)
    pairs = {tuple(one.agents) for one in standing(told(made))}
    assert ("gitops", "hpa") in pairs
    assert ("hpa", "keda") not in pairs


def test_a_pair_that_fights_on_one_target_is_the_scopes_finding():
    assert only(told(fight(6)), NAME).stage == "scope"


def test_a_pair_that_fights_on_several_targets_is_one_finding_of_the_fleet():
    made = fight(4)
    fight(4, made, service="ledger", scope="money")
    found = of(told(made), NAME)
    assert [(one.stage, one.agents) for one in found] == [("fleet", ["gitops", "hpa"])]
    assert found[0].evidence["targets"] == ["checkout", "ledger"]
    assert found[0].count == 14


def test_too_few_reversals_on_each_target_are_enough_together():
    made = History()
    for number in range(6):
        at, service = number * HOUR / 2, f"svc-{number}"
        first, second = (("hpa", 8), ("gitops", 3)) if number % 2 else (("gitops", 3), ("hpa", 8))
        made.write(at, first[0], first[1], second[1], service=service, scope=service)
        made.write(at + 60, second[0], second[1], first[1], service=service, scope=service)
    found = only(told(made), NAME)
    assert (found.stage, found.evidence["target_count"]) == ("fleet", 6)


def test_what_only_one_side_undoes_everywhere_is_no_fight_of_the_fleet():
    made = History()
    for number in range(8):
        service = f"svc-{number}"
        made.write(number * 600, "hpa", 8, 3, service=service)
        made.write(number * 600 + 60, "gitops", 3, 8, service=service)
    assert told(made) == []


def ring(rounds: int = 3, values=(("hpa", 8), ("gitops", 3), ("keda", 9)), **fields) -> History:
    made = History()
    for number in range(rounds * len(values)):
        agent, value = values[number % len(values)]
        made.write(number * 300, agent, value, trigger="policy", **fields)
    return made


def test_three_agents_who_take_turns_are_found_with_all_three_named():
    found = only(told(ring()), NAME)
    assert (found.tier, set(found.agents)) == (Tier.ACTIONABLE, {"hpa", "gitops", "keda"})
    assert found.evidence["mandates"] == {
        "gitops": "conformity",
        "hpa": "unknown",
        "keda": "latency",
    }
    assert "in turn" in found.summary
    assert found.detected_at == moment(4 * 300), "gitops' second turn is the third reversal"


def test_a_ring_of_words_is_found_within_three_reversals():
    made = ring(2, (("a", "x"), ("b", "y"), ("c", "z")), field="image")
    found = only(told(made), NAME)
    assert (found.count, len(found.agents)) == (3, 3)
    assert found.member_count == 4, "from the write that was undone first"


def test_a_ring_grows_louder_and_resolves_like_a_pair():
    found = only(told(ring(5), until=12 * HOUR), NAME)
    assert (found.tier, found.status) == (Tier.CRITICAL, Status.RESOLVED)
    assert found.count == 13


def test_a_ring_begins_with_the_write_that_was_undone_first():
    made = ring(2)
    assert only(told(made), NAME).members == [event.id for event in made.events[1:]]


def test_three_who_walk_through_new_values_are_no_ring():
    assert of(told(ring(3, tuple((a, f"v{n}") for n, a in enumerate("abcabcabc")))), NAME) == []


def test_two_against_one_is_no_ring():
    made = ring(4, (("a", 8), ("b", 3), ("c", 8), ("b", 3)))
    assert {len(one.agents) for one in standing(told(made))} == {2}


def test_a_blue_and_a_green_pipeline_do_not_fight():
    made = History()
    for number in range(12):
        colour = ("blue", "green")[number % 2]
        fields = {"field": "active", "type": "traffic_shift", "trigger": "rollout"}
        made.write(number * 600, f"{colour}-pipeline", colour, **fields)
    assert of(told(made), NAME) == []


def test_releases_by_number_that_are_rolled_back_are_no_fight():
    made = History()
    for number in range(6):
        at, release = number * 3000, 41 + number
        made.write(at, "ci", release, 40, field="revision", type="deploy", trigger="rollout")
        made.write(at + 300, "watcher", 40, release, field="revision", type="rollback")
    assert of(told(made), NAME) == []


def test_a_release_that_always_resets_what_an_autoscaler_set_is_a_fight():
    made = History()
    for number in range(4):
        made.write(number * 1200, "hpa", 8, 3)
        made.write(number * 1200 + 600, "ci", 3, 8, type="deploy", trigger="rollout")
    assert len(of(told(made), NAME)) == 1


def test_a_person_who_corrects_each_of_many_once_does_not_fight():
    made = History()
    for number in range(6):
        service = f"svc-{number}"
        made.write(number * 60, "hpa", 8, 3, service=service)
        made.write(number * 60 + 600, "ada", 3, 8, service=service, agent_kind="human")
    made.write(1200, "hpa", 8, 3, service="svc-0")
    assert of(told(made), NAME) == []
    made.write(1300, "ada", 3, 8, service="svc-0", agent_kind="human")
    assert [one.stage for one in standing(told(made))] == ["fleet"]


def test_who_takes_up_the_others_value_was_not_undone():
    made = History()
    for number, value in enumerate((7, 4, 8, 3, 9, 2)):
        first, second = ("hpa", "twin") if number % 2 else ("twin", "hpa")
        made.write(number * 600, first, value)
        made.write(number * 600 + 30, second, value)
    assert of(told(made), NAME) == []


def test_who_takes_up_the_others_values_everywhere_was_not_undone_in_the_fleet():
    made = History()
    for number, value in enumerate((7, 4, 8, 3, 9, 2, 8, 3)):
        first, second = ("hpa", "twin") if number % 4 < 2 else ("twin", "hpa")
        where = {"service": f"svc-{number % 2}"}
        made.write(number * 600, first, value, **where)
        made.write(number * 600 + 30, second, value, **where)
    assert of(told(made), NAME) == []


def test_a_field_that_everybody_fights_over_is_told_so_many_fights_and_no_more():
    made, rng, value = History(), random.Random(1), 0
    for number in range(1200):
        old, value = value, rng.randrange(100)
        made.write(number, f"agent-{rng.randrange(12)}", value, old)
    found = of(told(made), NAME)
    assert len(found) == FIGHTS_KEPT
    assert all(one.status is Status.OPEN for one in found)

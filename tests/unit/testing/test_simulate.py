"""The simulator: the same again from the same seed, and truth that fits the events."""

from __future__ import annotations

import doctest
import itertools

import msgspec
import pytest

from overheal.contract.decode import decode
from overheal.testing import simulate as simulator
from overheal.testing.simulate import (
    NEIGHBOURS,
    Plan,
    Recoveries,
    Reporting,
    Stretch,
    Trouble,
    document_of,
    drop,
    inject_authority_breach,
    inject_cascade,
    inject_compound,
    inject_degradation,
    inject_disagreement,
    inject_drill,
    inject_fight,
    inject_flapping,
    inject_incomplete,
    inject_ineffective,
    inject_mass_action,
    inject_neighbour,
    inject_out_of_order,
    inject_silence,
    inject_stale_policy,
    inject_stale_write,
    inject_step,
    inject_storm,
    inject_undo_of_intent,
    simulate,
)

DAY = 86_400
TROUBLES: tuple[Trouble, ...] = (
    inject_fight(3, at=DAY),
    inject_fight(13, at=DAY, fields="paired", spread="lognormal"),
    inject_fight(23, at=DAY, ring=3, targets=2, drift=1, spread="even"),
    inject_degradation(4, gaps=12, per_day=4),
    inject_degradation(15, law="loglinear", gaps=12, per_day=4),
    inject_step(5, after=6, gaps=12, per_day=8),
    inject_compound(10, at=DAY),
    inject_compound(20, at=DAY, agents=4, shared="transitive"),
    inject_mass_action(list(range(30)), at=2 * DAY, waves=4),
    inject_cascade([5, 15, 25, 35], at=DAY, branches=2),
    inject_stale_write(6, at=DAY),
    inject_undo_of_intent(7, at=DAY),
    *(
        inject_authority_breach(place, at=DAY, breach=breach)
        for place, breach in enumerate(("level", "boundary", "confidence", "check"), 8)
    ),
    inject_ineffective(9, at=DAY),
    inject_incomplete(11, at=DAY),
    inject_disagreement(12, at=DAY),
    inject_disagreement(14, at=DAY, through="signals"),
    inject_silence(13, at=2 * DAY, rhythm="day"),
    inject_fight(24, at=DAY, released=True),
    inject_storm(16, at=DAY),
    inject_flapping(17, at=DAY),
    inject_out_of_order(18, at=DAY, after=10, name="team-0001/svc-00010"),
    inject_stale_policy(19, at=DAY),
    inject_drill(21, at=DAY),
    *(inject_neighbour(kind, 30 + i, at=DAY) for i, kind in enumerate(NEIGHBOURS)),
)
PLAN = Plan(
    services=50,
    days=4,
    counters=7200,
    node_losses_per_week=14,
    by_hand_per_week=20,
    by_ai_per_week=20,
)
TROUBLED = Plan(**{**vars(PLAN), "troubles": TROUBLES})


def ids(plan: Plan, seed: int = 1) -> list[str]:
    return [event.id for event in simulate(plan, seed).events()]


def test_the_same_plan_and_seed_make_the_same_bytes():
    once, again = (b"".join(simulate(TROUBLED, 5).documents()) for _ in range(2))
    assert once == again
    assert simulate(TROUBLED, 5).truth == simulate(TROUBLED, 5).truth


def test_another_seed_makes_another_history():
    assert list(simulate(PLAN, 1).documents()) != list(simulate(PLAN, 2).documents())


def test_a_simulation_can_be_read_twice():
    fleet = simulate(TROUBLED, 5)
    assert list(fleet.events()) == list(fleet.events())


def test_the_decoder_makes_of_every_document_the_event_it_was_made_of():
    for event in simulate(TROUBLED, 5).events():
        told = decode(document_of(event))
        assert msgspec.structs.replace(told, document=b"") == event


def test_every_document_is_one_line():
    for line in itertools.islice(simulate(TROUBLED, 5).documents(), 200):
        assert line.endswith(b"\n")
        assert line.count(b"\n") == 1


def test_events_come_in_order_of_time_from_a_faithful_reporter():
    times = [event.time for event in simulate(TROUBLED, 1).events()]
    assert times == sorted(times)
    assert len(set(ids(TROUBLED))) == len(times)


@pytest.mark.parametrize(
    "change",
    [
        {"costed": 0.0},
        {"releases_per_week": 0.0},
        {"node_losses_per_week": 0.0},
        {"by_hand_per_week": 0.0},
        {"by_ai_per_week": 0.0},
        {"recoveries": None, "counters": 0.0},
        {"counters": 0.0},
        {"troubles": (inject_fight(3, at=DAY),)},
        {"troubles": (inject_degradation(4, gaps=12, per_day=4),), "counters": 0.0},
    ],
)
def test_adding_or_leaving_out_a_concern_changes_no_other(change):
    every = {event.id: event for event in simulate(PLAN, 1).events()}
    other = {event.id: event for event in simulate(Plan(**{**vars(PLAN), **change}), 1).events()}
    assert len(every) != len(other)
    for key in every.keys() & other.keys():
        assert every[key] == other[key]
    fewer, more = sorted((set(every), set(other)), key=len)
    gone = {key.partition("-")[0] for key in fewer - more}
    assert not gone or gone <= {"restart", "count", "fight", "degradation"}


def test_a_second_trouble_leaves_the_first_as_it_was():
    one = simulate(Plan(**{**vars(PLAN), "troubles": TROUBLES[:1]}), 1)
    two = simulate(TROUBLED, 1)
    assert one.truth[0] == next(stretch for stretch in two.truth if stretch.label == "fight-0")


def test_truth_names_events_that_are_there_with_their_services_agents_and_times():
    fleet = simulate(TROUBLED, 5)
    events = {event.id: event for event in fleet.events()}
    assert {stretch.kind for stretch in fleet.truth} >= {"fight", "step", "cascade", *NEIGHBOURS}
    for stretch in fleet.truth:
        ours = [events[key] for key in stretch.events]
        assert ours, stretch.label
        assert ours == sorted(ours, key=lambda event: (event.time, event.id))
        assert {event.service for event in ours} == set(stretch.services)
        assert {event.agent for event in ours} == set(stretch.agents)
        assert stretch.start == ours[0].time
        assert stretch.until >= ours[-1].time
        assert list(stretch.steps) == sorted(stretch.steps)
        assert stretch.harmful == (stretch.kind not in NEIGHBOURS)


def test_steps_by_counts_up_to_and_with_a_moment():
    stretch = Stretch(
        kind="fight", label="fight-0", harmful=True, services=(), agents=(), start=0, until=9,
        events=("a",), steps=(1, 4, 9),
    )  # fmt: skip
    assert [stretch.steps_by(at) for at in (0, 1, 8, 9)] == [0, 1, 2, 3]


def test_services_with_a_trouble_of_their_own_recover_only_by_it():
    fleet = simulate(
        Plan(**{**vars(PLAN), "troubles": (inject_degradation(4, gaps=9, per_day=4),)}), 1
    )
    ours = [e for e in fleet.events() if e.type == "restart" and e.service.endswith("00004")]
    assert {event.id.partition("-")[0] for event in ours if event.recovery} == {"degradation"}


def test_what_is_dropped_is_lost_at_random_and_stays_in_the_truth():
    whole, heard = ids(TROUBLED), ids(Plan(**{**vars(TROUBLED), "reporting": drop(0.3)}))
    assert set(heard) < set(whole)
    assert 0.67 < len(heard) / len(whole) < 0.73
    flaky = simulate(Plan(**{**vars(TROUBLED), "reporting": drop(0.3)}), 1)
    assert flaky.truth == simulate(TROUBLED, 1).truth


def test_a_flaky_reporter_repeats_events_and_brings_them_late_within_its_bound():
    flaky = Reporting(doubled=0.1, late_share=0.3, late_seconds=120)
    fleet = simulate(Plan(**{**vars(TROUBLED), "reporting": flaky}), 1)
    arrivals = list(fleet.arrivals())
    assert [at for at, _ in arrivals] == sorted(at for at, _ in arrivals)
    assert all(event.time <= at <= event.time + 120_000_000 for at, event in arrivals)
    late = sum(at > event.time for at, event in arrivals)
    assert late > 0.2 * len(arrivals)
    names = [event.id for _, event in arrivals]
    assert 0.05 < len(names) / len(set(names)) - 1 < 0.15
    assert set(names) == set(ids(TROUBLED))


@pytest.mark.parametrize(
    "gaps",
    [
        Recoveries(),
        Recoveries(gaps="weibull", shape=0.5),
        Recoveries(gaps="gamma", shape=3),
        Recoveries(gaps="lognormal", sigma=1.0),
        Recoveries(gaps="hyperexponential", share=0.3, ratio=8),
        Recoveries(rhythm={"shape": "sine", "amplitude": 0.8, "weekend": 0.5}),
        Recoveries(rhythm={"shape": "office", "night": 0.1, "weekend": 0.2}),
    ],
)
def test_every_process_keeps_the_mean_rate_of_its_plan(gaps):
    steady = Recoveries(**{**vars(gaps), "per_day": (1.0, 1.0)})
    plan = Plan(services=200, days=28, recoveries=steady)
    restarts = sum(event.type == "restart" and event.trigger == "failure"
                   for event in simulate(plan, 3).events())  # fmt: skip
    assert restarts / (200 * 28) == pytest.approx(1.0, rel=0.12)


def test_a_process_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="'weibul' is no known process"):
        list(simulate(Plan(recoveries=Recoveries(gaps="weibul")), 1).events())


def test_a_lost_node_moves_its_pods_at_once_and_says_why():
    plan = Plan(services=100, days=14, node_losses_per_week=3)
    events = list(simulate(plan, 1).events())
    nodes = {event.id for event in events if event.name == "node_ready"}
    moved = [event for event in events if event.type == "reschedule"]
    assert nodes
    assert moved
    assert {cause for event in moved for cause in event.caused_by} <= nodes


def test_replicas_follow_one_another_without_a_break():
    grown = Recoveries(growth={"shape": "linear", "factor": 3.0})
    for plan in (Plan(services=40, days=5), Plan(services=40, days=5, recoveries=grown)):
        last: dict[str, object] = {}
        for event in simulate(plan, 1).events():
            if event.field == "replicas" and event.trigger != "schedule":
                assert event.old == last.get(event.service, 4)
                last[event.service] = event.new
        assert last


def test_what_owners_say_holds_dependencies_and_what_troubles_need():
    said = simulate(TROUBLED, 1).catalog["services"]
    assert said["team-0000/svc-00003"]["depends_on"] == ["team-0000/svc-00001"]
    assert said["team-0000/svc-00001"]["depends_on"] == ["team-0000/svc-00000"]
    assert said["team-0000/svc-00008"]["allowed_autonomy_level"] == 2


def test_a_drill_is_declared_around_what_happens_in_it():
    fleet = simulate(TROUBLED, 1)
    (drill,) = fleet.catalog["drills"]
    (stretch,) = (one for one in fleet.truth if one.kind == "drill")
    assert drill["services"] == list(stretch.services)
    begun, over = (round(drill[key].timestamp()) * 1_000_000 for key in ("from", "until"))
    assert begun <= stretch.start <= over


def test_of_two_fields_of_one_thing_each_agent_only_pushes_its_own_way():
    fleet = simulate(Plan(days=2, troubles=(inject_fight(3, at=DAY, fields="paired"),)), 1)
    ours = set(fleet.truth[0].events)
    pushes = [event for event in fleet.events() if event.id in ours]
    assert [event.field for event in pushes[:4]] == ["weight", "health_check"] * 2
    for event in pushes:
        assert (event.new > event.old) == (event.field == "weight")
    for field in ("weight", "health_check"):
        own = [event for event in pushes if event.field == field]
        assert all(early.new == later.old for early, later in itertools.pairwise(own))


def test_in_a_ring_the_third_undoes_nobody_by_its_first_write():
    fleet = simulate(Plan(days=2, troubles=(inject_fight(3, at=DAY, ring=3, rounds=6),)), 1)
    times = {event.id: event.time for event in fleet.events()}
    writes = [times[key] for key in fleet.truth[0].events]
    assert list(fleet.truth[0].steps) == [writes[1], *writes[3:]]


def test_events_truth_and_catalog_can_be_written_to_a_folder(tmp_path):
    fleet = simulate(TROUBLED, 1)
    fleet.write(tmp_path)
    assert (tmp_path / "events.jsonl").read_bytes() == b"".join(fleet.documents())
    lines = (tmp_path / "truth.jsonl").read_bytes().splitlines()
    assert [msgspec.json.decode(line, type=Stretch) for line in lines] == fleet.truth
    owners = msgspec.json.decode((tmp_path / "catalog.json").read_bytes())
    assert owners == msgspec.to_builtins(fleet.catalog)


def test_the_example_in_the_docstring_holds():
    assert doctest.testmod(simulator).failed == 0

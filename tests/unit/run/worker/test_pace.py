"""Lanes take turns with their snapshots."""

from __future__ import annotations

from overheal.run.worker.pace import JUDGED_SECONDS, Pace, in_turn


def test_nothing_is_due_while_little_would_have_to_be_judged_again() -> None:
    assert in_turn({0: Pace(1.0), 1: Pace(JUDGED_SECONDS - 1.1)}) == set()


def test_who_is_furthest_behind_comes_first_and_the_others_wait() -> None:
    parts = (0.24, 0.3, 0.26, 0.24)
    paces = {lane: Pace(part * JUDGED_SECONDS) for lane, part in enumerate(parts)}

    assert in_turn(paces) == {1}


def test_as_many_as_it_takes_are_due_at_once() -> None:
    parts = (0.7, 3.0, 0.8)
    paces = {lane: Pace(part * JUDGED_SECONDS) for lane, part in enumerate(parts)}

    assert in_turn(paces) == {1, 2}


def test_whose_snapshots_would_cost_too_much_lets_others_go_first() -> None:
    costly = Pace()
    costly.frozen(0.5)
    costly.judged(JUDGED_SECONDS * 0.9)

    assert in_turn({0: costly, 1: Pace(JUDGED_SECONDS * 0.3)}) == {1}


def test_lanes_of_a_busy_process_are_saved_a_few_at_a_time() -> None:
    paces = {lane: Pace() for lane in range(8)}
    sizes = []
    for _ in range(40):
        for pace in paces.values():
            pace.judged(0.8 / len(paces))
        turns = in_turn(paces)
        for lane in turns:
            paces[lane].frozen(0.05)
        sizes.append(len(turns))

    assert max(sizes) <= 2
    assert sum(pace.behind for pace in paces.values()) < JUDGED_SECONDS + 0.8

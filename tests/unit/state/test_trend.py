"""The sequential test for shrinking gaps, and the projection of where they end."""

import math
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.trend_thresholds import Paths
from overheal.state import trend
from overheal.state.profiles import HORIZON, log_evidence
from overheal.state.trend import TrendTest, Verdict

HOUR = 3600.0
SHRINKING_HOURS = [72, 60, 50, 41, 33, 26, 20, 15, 11, 8]

gap_lists = st.lists(st.floats(0, 1e7), min_size=1, max_size=40)


def feed(test: TrendTest, gaps, ties=None) -> Verdict | None:
    verdicts = [
        test.observe(gap, tie) for gap, tie in zip(gaps, ties or range(len(gaps)), strict=True)
    ]
    found = [verdict for verdict in verdicts if verdict is not None]
    assert len(found) <= 1
    return found[0] if found else None


def steady(seed: int, count: int):
    return np.random.default_rng(seed).exponential(HOUR, size=count).tolist()


# what it finds


def test_the_gaps_72_60_50_hours_and_so_on_are_found_at_the_eighth():
    verdict = feed(TrendTest(alpha=0.008), [h * HOUR for h in SHRINKING_HOURS])
    assert verdict is not None
    assert verdict.gaps == 8
    assert verdict.kind == "trend"
    assert verdict.before > verdict.after
    assert verdict.ratio == pytest.approx(verdict.before / verdict.after)


def test_a_tenfold_step_is_found_and_dated():
    gaps = [*steady(4, 40), *(gap / 10 for gap in steady(5, 40))]
    verdict = feed(TrendTest(alpha=0.01), gaps)
    assert verdict is not None
    assert verdict.kind == "step"
    assert 40 < verdict.gaps <= 55
    assert 37 <= verdict.change <= 43
    assert 4 < verdict.ratio < 30


@given(st.floats(0.05, 0.98), st.sampled_from([0.05, 0.01, 0.008, 0.002, 0.00005]))
def test_gaps_that_shrink_by_a_constant_factor_are_found_before_the_eleventh(factor, alpha):
    verdict = feed(TrendTest(alpha=alpha), [1e9 * factor**i for i in range(11)])
    assert verdict is not None


@given(gap_lists)
def test_gaps_that_grow_are_never_reported(gaps):
    test = TrendTest(alpha=0.05)
    assert feed(test, sorted(gaps)) is None
    assert test.rejected_at is None


@given(st.integers(1, 150))
def test_equal_gaps_with_equal_tie_breaks_are_never_reported(count):
    assert feed(TrendTest(alpha=0.05), [60.0] * count, [7] * count) is None


def test_tie_breaks_decide_between_equal_gaps():
    assert feed(TrendTest(alpha=0.01), [60.0] * 12, list(range(12, 0, -1))) is not None
    assert feed(TrendTest(alpha=0.01), [60.0] * 12, list(range(12))) is None


def test_a_step_after_the_first_horizon_is_found_by_a_later_run():
    test = TrendTest(alpha=0.01)
    assert feed(test, steady(8, 260)) is None
    assert test.run == 2
    assert test.forgotten == HORIZON - HORIZON // 2
    verdict = feed(test, [gap / 6 for gap in steady(9, 40)])
    assert verdict is not None
    assert 255 <= verdict.change <= 265
    assert verdict.gaps == test.rejected_at <= 300


# invariants


@given(gap_lists, st.sampled_from([0.05, 0.01]))
def test_the_state_survives_a_round_trip_at_every_gap(gaps, alpha):
    straight, carried = TrendTest(alpha=alpha), TrendTest(alpha=alpha)
    for index, gap in enumerate(gaps):
        carried = msgspec.msgpack.decode(msgspec.msgpack.encode(carried), type=TrendTest)
        assert carried.observe(gap, index) == straight.observe(gap, index)
        assert carried == straight


def test_a_run_that_just_began_survives_a_round_trip():
    test = TrendTest(alpha=0.008)
    feed(test, steady(8, HORIZON + 1))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(test), type=TrendTest) == test


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=40), st.booleans())
def test_a_monotone_transformation_of_the_gaps_changes_no_rejection(gaps, shrink):
    gaps = sorted(gaps, reverse=True) if shrink else gaps
    plain, bent = TrendTest(alpha=0.05), TrendTest(alpha=0.05)
    feed(plain, [float(gap) for gap in gaps])
    feed(bent, [math.sqrt(gap) * 3 + gap**2 for gap in gaps])
    assert plain.rejected_at == bent.rejected_at


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.floats(1, 8))
def test_skipped_looks_change_nothing(seed, factor):
    gaps = [*steady(seed, 25), *(gap / factor for gap in steady(seed + 1, 25))]
    test = TrendTest(alpha=0.05)
    feed(test, gaps)
    limit = trend.rung(0.05 * trend.share(1))
    assert limit is not None
    first = None
    for n in range(2, len(gaps) + 1):
        if np.logaddexp(*log_evidence(np.argsort(gaps[:n]))) >= limit.limit + trend.rise(n):
            first = n
            break
    assert test.rejected_at == first


@settings(max_examples=40)
@given(st.permutations(range(7)))
def test_one_more_gap_averages_to_the_same_evidence(order):
    """The likelihood ratios are martingales: over the ranks of the next gap they balance."""
    before = log_evidence(np.array(order))
    grown = np.array([[*order[:at], 7, *order[at:]] for at in range(8)])
    for now, then in zip(log_evidence(grown), before, strict=True):
        assert np.exp(now).mean() == pytest.approx(float(np.exp(then)))


def test_after_a_rejection_it_says_no_more_but_becomes_surer():
    test, shrinking = TrendTest(alpha=0.01), [float(gap) for gap in range(30, 0, -1)]
    assert feed(test, shrinking[:8]) is not None
    sure = test.error
    assert feed(test, shrinking[8:]) is None
    assert test.error < sure <= 0.01


def test_the_bound_is_the_smallest_error_that_would_have_rejected():
    gaps = [*steady(4, 30), *(gap / 5 for gap in steady(5, 30))]
    test = TrendTest(alpha=0.01)
    feed(test, gaps)
    part = trend.share(1)
    for alpha in (0.004, 0.001, 0.0003, 0.0001, 0.00002):
        stricter = TrendTest(alpha=alpha)
        feed(stricter, gaps)
        limits = trend.rung(alpha * part)
        assert limits is not None
        assert (stricter.rejected_at is not None) == (test.error * part <= limits.alpha)


@settings(max_examples=60)
@given(st.permutations(range(8)))
def test_a_number_above_others_raises_the_evidence_by_less(order):
    """The bound that looks are left out by: at most log(n - numbers below the newest)."""
    values = np.array(order)
    before = np.logaddexp(*log_evidence(np.argsort(values[:-1])))
    now = np.logaddexp(*log_evidence(np.argsort(values)))
    lower = int((values[:-1] < values[-1]).sum())
    assert now - before <= math.log(len(values) - lower) + 1e-9


def test_a_change_that_has_not_lasted_is_not_looked_at():
    gaps = [100.0 + k for k in range(20)] + [1.0 - k / 100 for k in range(12)]
    test, at, found = TrendTest(alpha=0.01), 0, []
    for index, gap in enumerate(gaps):
        at += int(gap * 1_000_000)
        found.append(test.observe(gap, index, at, lasting=20_000_000))
    assert not any(found)
    assert test.observe(10.0, 99, at + 10_000_000, lasting=20_000_000)


def test_the_error_is_whole_again_after_ninety_days():
    slow, fast = TrendTest(alpha=0.01), TrendTest(alpha=0.01)
    for index, gap in enumerate(steady(8, 3 * HORIZON)):
        slow.observe(gap, index, index * 86_400_000_000)
        fast.observe(gap, index, index * 3_600_000_000)
    assert slow.run == 1
    assert fast.run > 1


def test_the_state_is_bounded():
    test = TrendTest(alpha=0.0)
    feed(test, steady(1, 3 * HORIZON))
    assert len(test.values) == len(test.times) <= HORIZON


@pytest.mark.parametrize("alpha", [0.0, 9e-7, -1.0])
def test_an_error_below_the_table_never_fires(alpha):
    assert feed(TrendTest(alpha=alpha), [2.0**-i for i in range(30)]) is None


@pytest.mark.parametrize("gap", [-1.0, math.nan, math.inf])
def test_a_gap_that_is_no_duration_is_refused(gap):
    with pytest.raises(ValueError, match="not a finite number"):
        TrendTest(alpha=0.01).observe(gap, 0)


# the error it may spend


def test_the_shares_of_all_runs_add_up_to_the_whole():
    shares = [trend.share(run) for run in range(1, 2000)]
    assert shares == sorted(shares, reverse=True)
    assert 0.999 < sum(shares) < 1


def test_thresholds_fall_with_alpha_and_are_sharper_than_villes_bound():
    table = trend.thresholds()
    assert table.horizon == HORIZON
    assert table.relative_error < 0.01
    alphas = trend.available_alphas()
    for wanted in (0.01, 0.008, 0.005, 0.002, 0.0012, 0.0005, 0.0003, 0.0001, 0.00005):
        assert wanted in alphas
    for earlier, later in zip(table.rungs, table.rungs[1:], strict=False):
        assert earlier.alpha > later.alpha
        assert earlier.limit <= later.limit
    for rung in table.rungs:
        assert rung.limit < math.log(1 / rung.alpha)


def test_the_table_fits_the_profiles_it_ships_with():
    """A small independent simulation finds the tabulated errors again, within a sixth."""
    paths = Paths(250, seed=77)
    for alpha in (0.01, 0.0076, 0.0001):
        rung = trend.rung(alpha)
        assert rung is not None
        terms = paths.rejects(rung.limit)
        assert terms.mean() == pytest.approx(rung.alpha, rel=1 / 6)


@given(st.floats(1e-6, 0.2))
def test_a_requested_alpha_is_rounded_down(alpha):
    rung = trend.rung(alpha)
    assert rung is not None
    assert rung.alpha <= alpha * (1 + 1e-9)
    assert all(one <= rung.alpha or one > alpha for one in trend.available_alphas())


def test_the_tabulated_alphas_stand_close_together():
    alphas = trend.available_alphas()
    assert max(larger / less for larger, less in pairwise(alphas)) < 1.2


def test_steady_gaps_raise_false_alarms_no_more_often_than_alpha():
    alpha, runs, gaps = 0.05, 800, 70
    drawn = np.random.default_rng(20).weibull(0.6, size=(runs, gaps))
    limit = trend.rung(alpha)
    assert limit is not None
    alarmed = np.zeros(runs, dtype=bool)
    for n in range(2, gaps + 1):
        evidence = np.logaddexp(*log_evidence(np.argsort(drawn[:, :n], axis=1)))
        alarmed |= evidence - trend.rise(n) >= limit.limit
    allowed = runs * alpha + 3 * math.sqrt(runs * alpha * (1 - alpha))
    assert 0.2 * runs * alpha < alarmed.sum() < allowed

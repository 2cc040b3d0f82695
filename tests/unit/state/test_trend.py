"""The sequential test for shrinking gaps, and the projection of where they end."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.trend_thresholds import TREND_SHARE, Paths
from overheal.state import trend
from overheal.state.trend import HORIZON, KEPT, GapTest, Verdict, project

HOUR = 3600.0
SHRINKING_HOURS = [72, 60, 50, 41, 33, 26, 20, 15, 11, 8]

gap_lists = st.lists(st.floats(0, 1e7), min_size=1, max_size=40)


def feed(test: GapTest, gaps, ties=None) -> Verdict | None:
    verdicts = [
        test.observe(gap, tie) for gap, tie in zip(gaps, ties or range(len(gaps)), strict=True)
    ]
    found = [verdict for verdict in verdicts if verdict is not None]
    assert len(found) <= 1
    return found[0] if found else None


def steady(seed: int, count: int):
    return np.random.default_rng(seed).exponential(HOUR, size=count).tolist()


# what it finds


def test_the_gaps_72_60_50_hours_and_so_on_are_found_at_the_seventh():
    verdict = feed(GapTest(alpha=0.008), [h * HOUR for h in SHRINKING_HOURS])
    assert verdict is not None
    assert verdict.gaps == 7
    assert verdict.statistic == "trend"
    assert verdict.value >= verdict.threshold
    assert verdict.before > verdict.after
    assert verdict.ratio == pytest.approx(verdict.before / verdict.after)


def test_a_tenfold_step_is_found_and_dated():
    gaps = [*steady(4, 40), *(gap / 10 for gap in steady(5, 40))]
    verdict = feed(GapTest(alpha=0.01), gaps)
    assert verdict is not None
    assert verdict.statistic == "step"
    assert 40 < verdict.gaps <= 55
    assert 37 <= verdict.change <= 43
    assert 4 < verdict.ratio < 30


@given(st.floats(0.05, 0.98), st.sampled_from([0.05, 0.01, 0.008, 0.002, 0.00005]))
def test_gaps_that_shrink_by_a_constant_factor_are_found_before_the_eleventh(factor, alpha):
    verdict = feed(GapTest(alpha=alpha), [1e9 * factor**i for i in range(11)])
    assert verdict is not None


@given(gap_lists)
def test_gaps_that_grow_are_never_reported(gaps):
    test = GapTest(alpha=0.05)
    assert feed(test, sorted(gaps)) is None
    assert test.rejected_at is None


@given(st.integers(1, 150))
def test_equal_gaps_with_equal_tie_breaks_are_never_reported(count):
    assert feed(GapTest(alpha=0.05), [60.0] * count, [7] * count) is None


def test_tie_breaks_decide_between_equal_gaps():
    assert feed(GapTest(alpha=0.01), [60.0] * 12, list(range(12, 0, -1))) is not None
    assert feed(GapTest(alpha=0.01), [60.0] * 12, list(range(12))) is None


def test_a_step_after_the_first_horizon_is_found_by_a_later_run():
    test = GapTest(alpha=0.01)
    assert feed(test, steady(8, 260)) is None
    assert test.run == 2
    assert test.forgotten == HORIZON - KEPT
    verdict = feed(test, [gap / 6 for gap in steady(9, 40)])
    assert verdict is not None
    assert 255 <= verdict.change <= 265
    assert verdict.gaps == test.rejected_at <= 295


# invariants


@given(gap_lists, st.sampled_from([0.05, 0.01]))
def test_the_state_survives_a_round_trip_at_every_gap(gaps, alpha):
    straight, carried = GapTest(alpha=alpha), GapTest(alpha=alpha)
    for index, gap in enumerate(gaps):
        carried = msgspec.msgpack.decode(msgspec.msgpack.encode(carried), type=GapTest)
        assert carried.observe(gap, index) == straight.observe(gap, index)
        assert carried == straight


def test_a_run_that_just_began_survives_a_round_trip():
    test = GapTest(alpha=0.008)
    feed(test, steady(8, HORIZON + 1))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(test), type=GapTest) == test


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=40), st.booleans())
def test_a_monotone_transformation_of_the_gaps_changes_no_rejection(gaps, shrink):
    gaps = sorted(gaps, reverse=True) if shrink else gaps
    plain, bent = GapTest(alpha=0.05), GapTest(alpha=0.05)
    feed(plain, [float(gap) for gap in gaps])
    feed(bent, [math.sqrt(gap) * 3 + gap**2 for gap in gaps])
    assert plain.rejected_at == bent.rejected_at


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.floats(1, 8))
def test_skipped_looks_change_nothing(seed, factor):
    gaps = [*steady(seed, 25), *(gap / factor for gap in steady(seed + 1, 25))]
    test = GapTest(alpha=0.05)
    feed(test, gaps)
    limit = trend.rung(0.05 * trend.share(1))
    assert limit is not None
    first = None
    for n in range(1, len(gaps) + 1):
        by_trend, by_step = trend.log_evidence(np.argsort(gaps[:n]))
        if by_trend >= limit.trend + trend.rise(n) or by_step >= limit.step + trend.rise(n):
            first = n
            break
    assert test.rejected_at == first


@settings(max_examples=40)
@given(st.permutations(range(7)))
def test_one_more_gap_averages_to_the_same_evidence(order):
    """The likelihood ratios are martingales: over the ranks of the next gap they balance."""
    before = trend.log_evidence(np.array(order))
    grown = np.array([[*order[:at], 7, *order[at:]] for at in range(8)])
    for now, then in zip(trend.log_evidence(grown), before, strict=True):
        assert np.exp(now).mean() == pytest.approx(float(np.exp(then)))


def test_after_a_rejection_it_is_silent_until_the_restart():
    test, shrinking = GapTest(alpha=0.01), [float(gap) for gap in range(30, 0, -1)]
    assert feed(test, shrinking[:12]) is not None
    kept = list(test.gaps)
    assert feed(test, shrinking) is None
    assert test.gaps == kept
    test.restart(0.002)
    assert test == GapTest(alpha=0.002)
    assert feed(test, shrinking) is not None


def test_the_state_is_bounded():
    test = GapTest(alpha=0.0)
    feed(test, steady(1, 3 * HORIZON))
    assert len(test.gaps) == len(test.ties) <= HORIZON


@pytest.mark.parametrize("alpha", [0.0, 9e-7, -1.0])
def test_an_error_below_the_table_never_fires(alpha):
    assert feed(GapTest(alpha=alpha), [2.0**-i for i in range(30)]) is None


@pytest.mark.parametrize("gap", [-1.0, math.nan, math.inf])
def test_a_gap_that_is_no_duration_is_refused(gap):
    with pytest.raises(ValueError, match="finite number of seconds"):
        GapTest(alpha=0.01).observe(gap, 0)


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
        assert earlier.trend <= later.trend
        assert earlier.step <= later.step + 0.05  # strictly shrinking gaps come in lumps of 1/n!
    for rung in table.rungs:
        assert rung.trend < math.log(1 / (TREND_SHARE * rung.alpha))
        assert rung.step < math.log(1 / ((1 - TREND_SHARE) * rung.alpha))


def test_the_table_fits_the_profiles_it_ships_with():
    """A small independent simulation finds the tabulated errors again, within a sixth."""
    paths = Paths(250, seed=77)
    for alpha in (0.01, 0.0076, 0.0001):
        rung = trend.rung(alpha)
        assert rung is not None
        terms = paths.rejects(rung.trend, rung.step)
        assert terms.mean() == pytest.approx(rung.alpha, rel=1 / 6)


@given(st.floats(1e-6, 0.2))
def test_a_requested_alpha_is_rounded_down(alpha):
    rung = trend.rung(alpha)
    assert rung is not None
    assert rung.alpha <= alpha * (1 + 1e-9)
    assert rung.alpha >= min(alpha, 0.05) * 0.9


def test_steady_gaps_raise_false_alarms_no_more_often_than_alpha():
    alpha, runs, gaps = 0.05, 800, 70
    drawn = np.random.default_rng(20).weibull(0.6, size=(runs, gaps))
    limit = trend.rung(alpha)
    assert limit is not None
    alarmed = np.zeros(runs, dtype=bool)
    for n in range(2, gaps + 1):
        by_trend, by_step = trend.log_evidence(np.argsort(drawn[:, :n], axis=1))
        over = by_trend - trend.rise(n) >= limit.trend
        alarmed |= over | (by_step - trend.rise(n) >= limit.step)
    allowed = runs * alpha + 3 * math.sqrt(runs * alpha * (1 - alpha))
    assert 0.2 * runs * alpha < alarmed.sum() < allowed


# the projection


@pytest.mark.parametrize("count", [6, 10, 20])
def test_the_projection_of_a_geometric_series_is_what_remains_of_its_sum(count):
    gaps = [260 * 0.8**i for i in range(count)]
    projection = project(gaps, floor=0.001)
    assert projection is not None
    assert projection.seconds == pytest.approx(gaps[-1] * 0.8 / 0.2, rel=0.01)
    assert projection.factor == pytest.approx(0.8)


def test_the_projection_stops_at_the_floor():
    projection = project([1000 * 0.5**i for i in range(6)], floor=10)
    assert projection is not None
    assert projection.seconds == pytest.approx(31.25 / 2 + 31.25 / 4)


def test_noise_widens_the_projected_range_around_the_truth():
    rng = np.random.default_rng(6)
    covered = 0
    for _ in range(100):
        gaps = [HOUR * 0.85**i * float(rng.gamma(2)) / 2 for i in range(20)]
        truth = sum(HOUR * 0.85**i for i in range(20, 60))
        projection = project(gaps, floor=5)
        if projection is None:
            continue
        assert projection.low <= projection.seconds
        high = math.inf if projection.high is None else projection.high
        covered += projection.low <= truth <= high
    assert covered >= 75


@given(st.lists(st.floats(0.1, 1e6), max_size=40), st.floats(0.5, 100))
def test_a_projection_is_ordered_and_not_negative(gaps, floor):
    projection = project(gaps, floor)
    if projection is not None:
        assert 0 <= projection.low <= projection.seconds
        assert projection.high is None or projection.seconds <= projection.high
        assert 0 < projection.factor <= 1


def test_gaps_at_the_floor_are_already_there():
    projection = project([100, 60, 30, 10, 9, 10], floor=10)
    assert projection is not None
    assert (projection.seconds, projection.low, projection.high) == (0, 0, 0)


def test_a_single_short_gap_is_not_there_yet():
    projection = project([1000.0, 700, 500, 350, 240, 5], floor=10)
    assert projection is not None
    assert projection.seconds > 0


def test_gaps_that_flattened_out_above_the_floor_have_no_end():
    assert project([*(1000 * 0.7**i for i in range(10)), *[40.0] * 10], floor=10) is None


@pytest.mark.parametrize("gaps", [[], [5.0], [9.0, 8, 7, 6], [1.0, 2, 3, 4, 5, 6], [60.0] * 9])
def test_gaps_that_do_not_shrink_have_no_projection(gaps):
    assert project(gaps, floor=0.5) is None


def test_a_floor_of_nothing_is_refused():
    with pytest.raises(ValueError, match="positive number of seconds"):
        project([3.0, 2, 1], floor=0)

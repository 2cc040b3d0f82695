"""Sorting what does not fit in memory gives what sorting in memory gives."""

from __future__ import annotations

import random
import resource
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.sources import spill
from overheal.sources.spill import SpillError, SpillSorter

rows_with = lambda tie: st.lists(  # noqa: E731
    st.tuples(st.integers(-(2**62), 2**62) | st.integers(0, 5), tie, st.binary(max_size=20)),
    max_size=60,
)


def together(sorter):
    batches = list(sorter.batches())
    assert all(batches)
    return [row for batch in batches for row in batch]


@given(
    rows_with(st.binary(max_size=3)) | rows_with(st.integers(0, 2**70)),
    st.sampled_from([1, 250, 1000, 1 << 20]),
    st.sampled_from([2, 3, 128]),
)
@settings(max_examples=150, deadline=None)
def test_any_rows_come_back_as_sorted_would_give_them(rows, run_bytes, at_once):
    was = spill.MERGED_AT_ONCE
    spill.MERGED_AT_ONCE = at_once
    try:
        with SpillSorter(run_bytes=run_bytes) as sorter:
            sorter.add_many(rows[::2])
            for row in rows[1::2]:
                sorter.add(*row)
            assert together(sorter) == sorted(rows)
            assert together(sorter) == sorted(rows)
    finally:
        spill.MERGED_AT_ONCE = was


def shuffled(count, size=700):
    times = list(range(count))
    random.Random(1).shuffle(times)
    return [(time // 3, time, b"%d" % time + b"." * size) for time in times]


def test_what_fits_in_memory_never_touches_the_disk(tmp_path):
    with SpillSorter(str(tmp_path)) as sorter:
        sorter.add_many(shuffled(1000))
        assert len(together(sorter)) == 1000
        assert list(tmp_path.iterdir()) == []


def test_what_was_spilled_is_deleted_at_the_end_and_private_until_then(tmp_path):
    with SpillSorter(str(tmp_path), run_bytes=100_000) as sorter:
        sorter.add_many(shuffled(2000))
        (folder,) = tmp_path.iterdir()
        assert folder.stat().st_mode & 0o077 == 0
        assert together(sorter) == sorted(shuffled(2000))
    assert list(tmp_path.iterdir()) == []


def test_what_was_spilled_is_deleted_after_an_exception(tmp_path):
    with pytest.raises(KeyboardInterrupt), SpillSorter(str(tmp_path), run_bytes=100_000) as sorter:
        sorter.add_many(shuffled(2000))
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_batches_are_small_in_number_and_in_bytes():
    with SpillSorter(run_bytes=1_000_000) as sorter:
        sorter.add_many(shuffled(3000, size=5000))
        batches = list(sorter.batches())
    assert max(map(len, batches)) <= 1000
    assert max(sum(len(row[2]) for row in batch) for batch in batches) < 300_000


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_many_runs_are_merged_in_passes_with_few_files_open(tmp_path, monkeypatch):
    monkeypatch.setattr(spill, "MERGED_AT_ONCE", 8)
    before = open_files()
    with SpillSorter(str(tmp_path), run_bytes=20_000) as sorter:
        sorter.add_many(shuffled(3000))
        (folder,) = tmp_path.iterdir()
        assert len(list(folder.iterdir())) > 100
        most = 0
        found = []
        for batch in sorter.batches():
            found += batch
            most = max(most, open_files() - before)
        assert found == sorted(shuffled(3000))
        assert most <= 10
        assert len(list(folder.iterdir())) <= 8


def test_runs_in_order_of_time_are_read_one_after_another(monkeypatch):
    monkeypatch.setattr(spill, "MERGED_AT_ONCE", 1)
    rows = sorted(shuffled(1000))
    with SpillSorter(run_bytes=20_000) as sorter:
        sorter.add_many(rows)
        before = sorter._written
        assert together(sorter) == rows
        assert sorter._written <= before + 1  # the rest in memory; nothing was merged


def test_a_full_disk_is_reported_with_the_directory_and_the_remedy(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with (
            pytest.raises(SpillError, match=rf"{tmp_path}.*TMPDIR"),
            SpillSorter(str(tmp_path), run_bytes=100_000) as sorter,
        ):
            sorter.add_many(shuffled(2000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def test_a_missing_temporary_directory_is_reported(tmp_path):
    with (
        pytest.raises(SpillError, match=r"gone.*no such file"),
        SpillSorter(str(tmp_path / "gone"), run_bytes=1) as sorter,
    ):
        sorter.add(1, b"", b"")

"""That stories cannot pass by accident: each way to be wrong is said, with the timeline."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command import installed, says
from tests.support.story import Story, clock_of, seconds_of
from tests.support.telling import as_it_happens, published


def hour(restarts: int = 4) -> Story:
    """A service that is restarted every ten minutes from 02:00 on."""
    story = Story()
    story.world(checkout="")
    story.cast("kubelet", "platform")
    for number in range(restarts):
        clock = f"02:{number * 10:02d}"
        why = f"fault {chr(97 + number)}"
        story.does(clock, "kubelet", "restart", "checkout", why=why, kind="failure", took=3)
    return story


def told(story: Story) -> None:
    as_it_happens(story, published(story), Path())


def test_a_finding_that_comes_in_time():
    story = hour()
    story.by("02:30:00").finds("recovery_frequency", about="checkout")
    told(story)


@pytest.mark.parametrize(
    ("clock", "wanted", "said"),
    [
        ("02:29:59", {}, "it came only at 02:30:00"),
        ("03:00", {"tier": "critical"}, "it came never"),
        ("03:00", {"about": "ledger"}, "it came never"),
        ("03:00", {"naming": ["ada"]}, "naming ada was wanted; it came never"),
        ("03:00", {"saying": "ten times"}, "it came never"),
    ],
)
def test_a_finding_that_comes_late_or_otherwise(clock, wanted, said):
    story = hour()
    story.by(clock).finds("recovery_frequency", **wanted)
    with pytest.raises(AssertionError, match=said) as caught:
        told(story)
    text = str(caught.value)
    assert "02:00:00  kubelet restart checkout succeeded" in text
    assert "02:30:00      → recovery_frequency actionable open: checkout was recovered" in text


def test_a_finding_where_silence_was_wanted():
    story = hour()
    story.stays_silent()
    with pytest.raises(AssertionError, match="nobody expected recovery_frequency"):
        told(story)
    story.stays_silent(but="recovery_frequency")
    told(story)
    quiet = hour(3)
    quiet.stays_silent()
    told(quiet)


def test_a_page_that_nobody_named_and_one_that_does_not_come():
    story = hour()
    story.by("02:30").finds("recovery_frequency")
    story.pages("recovery_frequency")
    with pytest.raises(AssertionError, match=r"\['recovery_frequency'\] were expected, and \[\]"):
        told(story)
    loud = Story()
    loud.world(a="db", b="db", db="")
    for number, service in enumerate(("a", "b", "db")):
        loud.cast(f"agent-{number}", mandate=f"goal {number}")
        loud.does(f"02:00:{number:02d}", f"agent-{number}", "scale", service)
    loud.by("02:01").finds("compound_hazard")
    with pytest.raises(AssertionError, match=r"\[\] were expected, and \['compound_hazard'\]"):
        told(loud)


def test_a_story_that_expects_nothing():
    with pytest.raises(AssertionError, match="either expects findings or stays silent"):
        told(hour())


def test_clocks():
    assert clock_of(seconds_of("day 3 04:05:06")) == "day 3 04:05:06"
    assert clock_of(seconds_of("04:05")) == "04:05:00"
    with pytest.raises(AssertionError, match="is not a clock"):
        seconds_of("4:05")


def test_the_installed_command_reads_a_story_from_a_pipe():
    done = installed("analyze", "-", "--output", "json", stdin=b"\n".join(hour().lines()))
    assert done.returncode == 0, says(done)
    found = json.loads(done.stdout)["findings"]
    assert [one["detector"] for one in found] == ["recovery_frequency"]

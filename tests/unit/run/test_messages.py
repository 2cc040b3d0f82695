"""What processes tell each other, as records."""

from __future__ import annotations

import json

import msgspec

from overheal.catalog import Catalog
from overheal.report.document import finding_part
from overheal.run.messages import (
    MEMBERS_TOLD,
    Frontier,
    Told,
    activity_records,
    finding_record,
    frontier_record,
    read_activity,
    read_finding,
)
from overheal.stages.activity import condense
from overheal.stages.row import Row
from tests.support.made import DAY, History, told


def findings():
    made = History()
    for number in range(150):
        made.recovery(number * 20.0)
        made.write(number * 20.0 + 1, ("hpa", "gitops")[number % 2], number % 2 * 5 + 3)
    return told(made, until=DAY)


def test_a_finding_is_told_as_the_report_shows_it_with_a_hundred_members():
    for finding in findings():
        key, value, headers = finding_record(finding, "abc")
        document = json.loads(value)
        assert key == finding.id.encode()
        assert document.pop("config_hash") == "abc"
        cut = msgspec.structs.replace(finding, members=finding.members[:MEMBERS_TOLD])
        assert document == finding_part(cut, finding.inhibited_by).model_dump(mode="json")
        assert document["member_count"] >= len(document["members"])
        again = read_finding(headers)
        assert again == msgspec.structs.replace(finding, evidence={}, members=[])
    assert any(one.member_count > MEMBERS_TOLD for one in findings())


def test_activity_and_frontiers_come_back_as_they_were():
    made, catalog = History(), Catalog()
    for number in range(2500):
        made.write(float(number), "hpa", number, number - 1, target=f"t{number}")
    activities = condense([Row(event, catalog.place(event)) for event in made.events])
    records = list(activity_records(Told(3, 99, "a/b", activities)))
    assert len(records) == 3
    read = [read_activity(key, value) for key, value, _ in records]
    assert [one for told in read for one in told.activities] == activities
    assert {(told.partition, told.offset, told.epoch) for told in read} == {(3, 99, "a/b")}
    frontier = Frontier(3, 12, 100, 95, 90, 7, "a/b", 99)
    key, value, _ = frontier_record(frontier)
    assert read_activity(key, value) == frontier


def test_what_another_version_wrote_says_nothing():
    assert read_activity(b"activity/0/1/a", b"\xc1") is None
    assert read_activity(b"activity/0", b"\x90") is None
    assert read_activity(b"frontier/0", b"{}") is None
    assert read_finding({"overheal-finding": b"\xc1"}) is None
    assert read_finding(None) is None

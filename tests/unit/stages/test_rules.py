"""Rules hold from their time on; what came before is judged by those of its time."""

from __future__ import annotations

from overheal.detect.settings import SettingsBook
from overheal.flow import ScopeFlow
from overheal.model import MICROSECOND, Tier
from overheal.stages.rules import RuleBook, Rules, rules_of
from tests.support.made import HOUR, MINUTE, History, catalog_of, moment, of


def rules(per_hour: int, holds_from: int = 0, **document) -> Rules:
    catalog = catalog_of(**document)
    settings = {"recovery_frequency": {"per_hour": per_hour}}
    return rules_of(catalog, SettingsBook(settings, catalog.overrides), holds_from, str(per_hour))


def test_each_time_has_its_rules():
    book = RuleBook(rules(1, 0))
    book.add(rules(3, 300))
    book.add(rules(2, 200))
    found = [book.at(time).digest for time in (0, 199, 200, 299, 300, 10**9)]
    assert found == ["1", "1", "2", "2", "3", "3"]
    assert book.at(-5).digest == "1"
    assert book.latest.digest == "3"


def test_rules_for_the_same_time_replace_each_other():
    book = RuleBook(rules(1, 0))
    book.add(rules(2, 100))
    book.add(rules(3, 100))
    assert book.at(100).digest == "3"


def test_a_storm_is_judged_by_the_rules_of_its_time():
    book = RuleBook(rules(2))
    book.add(rules(50, moment(6 * HOUR)))
    flow = ScopeFlow(book, 600 * MICROSECOND)
    made = History()
    for number in range(4):
        made.recovery(number * MINUTE)
        made.recovery(7 * HOUR + number * MINUTE)
    found = flow.judge(made.ordered()).findings
    assert [one.first_at for one in of(found, "recovery_frequency")] == [moment(0)]


def test_a_service_that_becomes_a_sandbox_is_capped_from_then_on():
    book = RuleBook(rules(2))
    sandbox = {"environments": {"sandbox": ["production"]}}
    book.add(rules(2, moment(6 * HOUR), **sandbox))
    flow = ScopeFlow(book, 600 * MICROSECOND)
    made = History()
    for number in range(12):
        made.recovery(number * MINUTE)
        made.recovery(7 * HOUR + number * MINUTE)
    known = {
        one.first_at: one.tier
        for one in flow.judge(made.ordered()).findings
        if one.detector == "recovery_frequency"
    }
    assert known == {moment(0): Tier.CRITICAL, moment(7 * HOUR): Tier.ACTIONABLE}

"""A user who may only read asks about causes, and gets the same answer."""

from __future__ import annotations

import pytest

from overheal.cli.causal import tell_behind
from overheal.run.causes import tree_of
from overheal.store import Store, StoredEvent, open_store
from tests.integration.store.conftest import address
from tests.support import servers
from tests.support.chdb_front import ChdbFront
from tests.support.events import at, restart
from tests.support.migrated import migrated


def action(name: str, minutes: float, *causes: str) -> StoredEvent:
    made = restart(f"e-{name}", at(minutes), action_id=name, causality={"caused_by": list(causes)})
    return StoredEvent(event=made, scope="shop")


@pytest.fixture
def store(own_clickhouse: ChdbFront):
    with servers.database_on(own_clickhouse.url) as database:
        migrated(address(database.url))
        with open_store(address(database.url)) as opened:
            yield opened
        own_clickhouse.heal()


@pytest.mark.parametrize("code", [497, 164])
def test_what_is_not_settled_is_worked_out_in_memory(
    store: Store, own_clickhouse: ChdbFront, capsys: pytest.CaptureFixture[str], code: int
):
    store.write_events([action("a", 0), action("b", 1, "a")])
    assert tree_of(store, "b").roots == ("a",)
    tell_behind(store)
    assert capsys.readouterr().err == ""
    store.write_events([action("root", -1), action("e", 2, "b"), action("a", 3, "root")])
    refused = "DB::Exception: alice: Not enough privileges."
    own_clickhouse.fail("error", "`causal_", times=-1, code=code, message=refused)
    for _ in range(2):
        tree = tree_of(store, "b")
        assert (tree.roots, tree.up, tree.down) == (
            ("root",),
            {"b": 0, "a": 1, "root": 2},
            {"b": 0, "e": 1},
        )
    tell_behind(store)
    assert "causes told since 20" in capsys.readouterr().err
    own_clickhouse.heal()
    with store.another() as other:
        assert tree_of(other, "b") == tree
        assert other.settled_until is None

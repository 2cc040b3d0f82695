"""`overheal migrate`, as a user runs it."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from overheal.cli.migrate import migrate_command
from overheal.errors import ConfigError
from overheal.store import open_store
from overheal.store.migrate import retention
from overheal.store.sql import migrations
from tests.integration.store.conftest import address


@pytest.fixture
def migrate(monkeypatch):
    for name in ("SERVER", "PATH", "PASSWORD", "USERNAME"):
        monkeypatch.delenv(f"OVERHEAL_STORE__{name}", raising=False)
    app = typer.Typer()
    app.command("migrate")(migrate_command)

    def run(*words):
        return CliRunner().invoke(app, list(words), catch_exceptions=True)

    return run


def test_a_server_is_migrated_and_then_left_alone(migrate, clickhouse, monkeypatch):
    place = address(clickhouse.url)
    monkeypatch.setenv("OVERHEAL_STORE__USERNAME", place.username)
    monkeypatch.setenv("OVERHEAL_STORE__PASSWORD", place.password.reveal())
    first = migrate("--server", place.url, "--retention-days", "120")
    numbers = ", ".join(str(item.version) for item in migrations())
    assert first.output == f"{place.name}: applied {numbers}\n"
    assert migrate("--server", place.url).output == f"{place.name}: nothing to apply\n"
    with open_store(place) as store:
        assert retention(store._engine) == 120


def test_the_server_of_the_configuration_is_migrated(migrate, clickhouse, tmp_path):
    place = address(clickhouse.url)
    (tmp_path / "password").write_text(place.password.reveal())
    (tmp_path / "overheal.toml").write_text(
        f'[store]\nserver = "{place.url}"\nusername = "{place.username}"\n'
        f'password_file = "{tmp_path / "password"}"\n'
    )
    done = migrate("--config", str(tmp_path / "overheal.toml"))
    assert done.exit_code == 0, done.output
    open_store(place).close()


def test_without_a_server_the_error_says_how_to_name_one(migrate, tmp_path):
    (tmp_path / "overheal.toml").write_text(f'[store]\npath = "{tmp_path / "store"}"\n')
    for words, expected in (
        ((), "give --server URL"),
        (("--config", str(tmp_path / "overheal.toml")), "is a folder, which is migrated whenever"),
    ):
        error = migrate(*words).exception
        assert isinstance(error, ConfigError)
        assert expected in str(error)

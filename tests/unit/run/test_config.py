"""Configuration: what is valid becomes values, and each mistake has its sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from overheal.detect.registry import SCOPE_DETECTORS
from overheal.errors import ConfigError
from overheal.run import config
from overheal.run.config import from_judging
from overheal.secret import Secret
from overheal.store.place import ServerAddress


def loaded(tmp_path, text="", catalog=None, **environment):
    path = tmp_path / "overheal.toml"
    path.write_text(text)
    services = None
    if catalog is not None:
        services = tmp_path / "catalog.toml"
        services.write_text(catalog)
    return config.load(str(path), str(services) if services else None, environment)


SASL = '[kafka]\nsecurity = "sasl_ssl"\nusername = "u"\n'
MISTAKES = [
    ("[kafak]\n", "did you mean 'kafka'"),
    ('[kafka]\nbootstap = "x"', "did you mean 'bootstrap'"),
    ('[kafka]\nsecurity = "sasl_tls"', "did you mean 'sasl_ssl'"),
    ('[kafka]\npartitions = "12"', "kafka.partitions"),
    ("[kafka]\npartitions = 0", "kafka.partitions"),
    ('[kafka]\nusername = "u"', "nothing would use it"),
    ('[kafka]\nca_file = "ca.pem"', "nothing would use certificates"),
    (SASL, "needs username and password_file"),
    (SASL + 'password = "a"\npassword_file = "b"', "remove one of the two"),
    (SASL + "password = 12345", "kafka.password: write it in quotation marks"),
    ('[kafka]\nsecurity = "ssl"\nkey_file = "k"', "go together"),
    ('[kafka.properties]\n"enable.auto.commit" = true', "overheal sets this itself"),
    ('[kafka.properties]\n"partitioner" = "random"', "overheal sets this itself"),
    ('[kafka.properties]\n"sasl.password" = "x"', "write it as kafka.password"),
    ('[store]\npath = "a"\nserver = "http://b:8123/c"', "a folder or a server"),
    ('[store]\nserver = "http://u:hunter2@b:8123/c"', "password"),
    ('[store]\nserver = "b:8123"', "store.server"),
    ('[store]\npassword = "a"\npassword_file = "b"', "remove one of the two"),
    ("[worker]\nlateness_minutes = 0", "worker.lateness_minutes"),
    ("[worker]\nlateness_minutes = 61", "worker.lateness_minutes"),
    ("[worker]\nretention_days = 30", "worker.retention_days"),
    ("[worker]\nflush_second = 1", "did you mean 'flush_seconds'"),
    ("[worker]\npending_events = 10", "worker.pending_events"),
    ('[worker]\ngroup = ""', "worker.group"),
    ('[ingest]\nformat = "kubernets"', "did you mean 'kubernetes'"),
    ('[operations]\nlisten = "9464"', "is not like 127.0.0.1:9464"),
    ('[log]\nlevel = "verbose"', "log.level"),
    ("[detectors.thrash]\nx = 1", "unknown detector"),
    ("[reviw]\nleast = 1", "did you mean 'review'"),
    ("[review]\nmanual_run = 1", "did you mean 'manual_runs'"),
    ("[review]\nsuccess_bound = 90", "review.success_bound"),
    ('[review]\nstateful_types = ["failovr"]', "'failover'"),
    ("[review.rates]\nmanual_minute = 1", "did you mean 'manual_minutes'"),
    ("[review.policies.heal]\nmanual_minutes = -1", "review.policies.heal.manual_minutes"),
    ('[readiness]\nrequired = ["ownr"]', "readiness.required[0]: should be 'owner'"),
    ("[readiness]\ndrill_days = 0", "readiness.drill_days"),
]


@pytest.mark.parametrize(("text", "words"), MISTAKES)
def test_a_mistake_is_named_with_its_file_its_key_and_the_remedy(tmp_path, text, words):
    with pytest.raises(ConfigError) as raised:
        loaded(tmp_path, text)
    assert words in str(raised.value)
    assert str(raised.value).startswith(str(tmp_path / "overheal.toml"))
    assert "hunter2" not in str(raised.value)
    assert "12345" not in str(raised.value)


def test_the_defaults_hold_where_nothing_is_written(tmp_path):
    found = loaded(tmp_path)
    assert found.kafka.bootstrap == "localhost:9092"
    assert found.topics.events == "overheal.events.v1"
    assert found.store is None
    assert found.worker.batch_events == 20_000
    assert found.worker.flush_seconds == 1.0
    assert found.fleet.hold_seconds == 30
    assert found.operations.listen == "127.0.0.1:9464"
    assert (found.log.format, found.log.level) == ("auto", "info")


def test_the_environment_wins_over_the_file(tmp_path):
    found = loaded(
        tmp_path,
        '[kafka]\nbootstrap = "a:1"\n[worker]\nflush_seconds = 2',
        OVERHEAL_KAFKA__BOOTSTRAP="b:2",
        OVERHEAL_KAFKA__PREFIX="77",
        OVERHEAL_WORKER__FLUSH_SECONDS="5",
        OVERHEAL_OPERATIONS__LISTEN='""',
    )
    assert found.kafka.bootstrap == "b:2"
    assert found.topics.events == "77events.v1"
    assert found.worker.flush_seconds == 5.0
    assert found.operations.listen == ""


def test_a_variable_that_is_a_section_and_a_key_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="OVERHEAL_KAFKA__BOOTSTRAP"):
        loaded(tmp_path, OVERHEAL_KAFKA="x", OVERHEAL_KAFKA__BOOTSTRAP="y")


@pytest.mark.parametrize("password", ["12345", "true", 'with "quotes"', "[1]", " spaced "])
def test_a_password_in_the_environment_is_taken_as_it_stands(tmp_path, password):
    found = loaded(tmp_path, SASL, OVERHEAL_KAFKA__PASSWORD=password)
    assert found.kafka.secrets["sasl.password"] == Secret(password)


def test_a_password_file_is_read_without_its_last_line_break(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hunter2\n")
    found = loaded(tmp_path, SASL + f'password_file = "{secret}"')
    assert found.kafka.client()["sasl.password"] == "hunter2"
    assert found.kafka.client()["security.protocol"] == "sasl_ssl"
    assert "hunter2" not in repr(found.kafka)
    assert found.secrets() == [Secret("hunter2")]


def test_a_password_file_that_is_missing_matters_only_to_what_needs_it(tmp_path):
    found = loaded(tmp_path, SASL + 'password_file = "/nowhere/secret"')
    assert found.adapters()
    with pytest.raises(ConfigError, match=r"/nowhere/secret: cannot be read"):
        _ = found.kafka


def test_properties_reach_the_driver_and_those_that_are_secrets_are_kept_apart(tmp_path):
    text = '[kafka.properties]\n"linger.ms" = 7\n"sasl.oauthbearer.client.secret" = "hunter2"\n'
    found = loaded(tmp_path, text)
    assert found.kafka.properties["linger.ms"] == "7"
    assert found.kafka.client()["sasl.oauthbearer.client.secret"] == "hunter2"
    assert "hunter2" not in repr(found.kafka)


def test_a_store_is_a_folder_or_a_server(tmp_path):
    assert loaded(tmp_path, '[store]\npath = "s"').store == Path("s")
    found = loaded(
        tmp_path,
        '[store]\nserver = "https://b:8443/c"\nusername = "u"\npassword = "p"\ntimeout_seconds = 5',
    )
    place = found.store
    assert isinstance(place, ServerAddress)
    assert place.password == Secret("p")
    assert (place.username, place.timeout, place.connect_timeout) == ("u", 5.0, 5.0)


CATALOG = """
[services."shop/checkout"]
owner = "payments"
depends_on = ["orders-db"]
recovery_frequency = { per_hour = 6 }
[services."shop/checkout".failure_modes.pool]
last_tested = 2026-05-01
[[drills]]
id = "d"
from = 2026-11-03T10:00:00Z
until = 2026-11-03T12:00:00Z
[environments]
sandbox = ["staging"]
"""


def test_what_decides_verdicts_can_be_handed_on_as_bytes(tmp_path):
    found = loaded(tmp_path, "[detectors.recovery_frequency]\ncritical_per_hour = 40", CATALOG)
    catalog, book = from_judging(found.judging())
    kind = next(kind for kind in SCOPE_DETECTORS if kind.name == "recovery_frequency")
    theirs, ours = book.lookup(kind), found.settings.lookup(kind)
    assert theirs("", "shop/checkout") == ours("", "shop/checkout")
    assert theirs("", "shop/checkout").per_hour == 6
    assert theirs("", "other").critical_per_hour == 40
    assert catalog.is_sandbox("staging")
    assert catalog.felt_by("shop/checkout") == {"orders-db"}
    assert catalog.entry("shop/checkout") == found.catalog.entry("shop/checkout")
    assert catalog._file == found.catalog._file


def test_what_decides_verdicts_depends_on_nothing_else(tmp_path):
    plain = loaded(tmp_path, "", CATALOG).judging()
    assert loaded(tmp_path, '[kafka]\nbootstrap = "x:1"', CATALOG).judging() == plain
    assert loaded(tmp_path, "[detectors.thrashing]\nreversals = 9", CATALOG).judging() != plain


def test_passwords_and_addresses_do_not_change_the_digest(tmp_path):
    plain = loaded(tmp_path)
    assert loaded(tmp_path, SASL, OVERHEAL_KAFKA__PASSWORD="x").digest == plain.digest
    assert loaded(tmp_path, '[kubernetes]\ncluster = "c"').digest != plain.digest


@pytest.mark.parametrize("damaged", [b"", b"{}", b"[]", b'{"catalog":{"x":1},"detectors":{}}'])
def test_bytes_that_are_no_judging_are_refused(damaged):
    with pytest.raises(ConfigError, match="cannot be read back"):
        from_judging(damaged)


def test_configuration_is_read_without_the_driver_of_kafka():
    code = (
        "import sys; sys.modules['confluent_kafka'] = None; sys.modules['prometheus_client'] = None;"
        "from overheal.run import config; config.load(None, None, {}).kafka;"
        "import overheal.cli.topics, overheal.cli.check_config, overheal.run.check_config"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_a_policys_own_rates_leave_the_teams_where_they_say_nothing(tmp_path):
    found = loaded(
        tmp_path,
        "[review.rates]\nmanual_minutes = 30\nfailure_minutes = 60\n"
        "[review.policies.heal]\nmanual_minutes = 10\n",
    )
    heal = found.review.policies["heal"]
    assert (heal.manual_minutes, heal.failure_minutes) == (10, 60)
    assert found.review.rates.manual_minutes == 30

"""The operations front over real HTTP."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request

import pytest

from overheal import telemetry
from overheal.errors import ConfigError
from overheal.run.metrics import Metrics
from overheal.run.operations import Health, Operations


class Process:
    def __init__(self) -> None:
        self.metrics = Metrics()
        self.health = Health(time.monotonic())

    def front(self, listen="127.0.0.1:0"):
        return Operations(listen, self.metrics, lambda: self.health)


def get(front, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{front.port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_metrics_are_served():
    process = Process()
    process.metrics.add(telemetry.STORED, 3)
    with process.front() as front:
        status, text = get(front, "/metrics")
    assert status == 200
    assert "overheal_stored_events_total 3.0" in text


def test_a_process_whose_loop_stands_still_is_not_alive():
    process = Process()
    with process.front() as front:
        assert get(front, "/healthz")[0] == 200
        process.health = Health(time.monotonic() - 61)
        assert get(front, "/healthz")[0] == 503


def test_a_process_says_why_it_is_not_ready():
    process = Process()
    with process.front() as front:
        assert json.loads(get(front, "/readyz")[1]) == {"ready": True, "reasons": []}
        process.health = Health(time.monotonic(), ["the store does not answer"])
        status, text = get(front, "/readyz")
        assert status == 503
        assert json.loads(text) == {"ready": False, "reasons": ["the store does not answer"]}
        assert get(front, "/healthz")[0] == 200


def test_other_paths_name_those_there_are():
    with Process().front() as front:
        status, text = get(front, "/")
    assert status == 404
    assert "/metrics" in text


def test_a_port_in_use_is_an_error_that_names_the_remedy():
    with socket.create_server(("127.0.0.1", 0)) as other:
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(ConfigError, match=r"operations\.listen.*choose another port"):
            Process().front(listen)


def test_a_silent_client_does_not_hold_up_the_others():
    with Process().front() as front, socket.create_connection(("127.0.0.1", front.port)):
        assert get(front, "/healthz")[0] == 200


def test_nothing_listens_where_nothing_is_asked_for():
    with Process().front("") as front:
        assert front.port == 0

"""Log lines for machines and for people, without secrets."""

from __future__ import annotations

import io
import json
import logging

import pytest

from overheal.run.config.values import LogSettings
from overheal.run.logs import set_up
from overheal.secret import Secret

LOGGER = logging.getLogger("overheal.test")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def _restored():
    logger = logging.getLogger("overheal")
    handlers, level, propagate = list(logger.handlers), logger.level, logger.propagate
    yield
    logger.handlers[:] = handlers
    logger.setLevel(level)
    logger.propagate = propagate


def test_a_line_for_machines_is_json_with_its_fields():
    out = io.StringIO()
    set_up(LogSettings("auto", "info"), stream=out)
    LOGGER.info("stored %d", 5, extra={"partition": 3})
    line = json.loads(out.getvalue())
    assert line["message"] == "stored 5"
    assert line["level"] == "info"
    assert line["logger"] == "overheal.test"
    assert line["partition"] == 3
    assert line["ts"].endswith("Z")


def test_a_line_for_people_has_colour_on_a_terminal_only():
    terminal, file = Terminal(), io.StringIO()
    set_up(LogSettings("auto", "info"), stream=terminal)
    LOGGER.warning("slow", extra={"partition": 3})
    set_up(LogSettings("text", "info"), stream=file)
    LOGGER.warning("slow")
    assert "\x1b[33m" in terminal.getvalue()
    assert "slow partition=3" in terminal.getvalue()
    assert "\x1b" not in file.getvalue()


def test_what_lies_below_the_level_is_left_out_and_nothing_is_written_twice():
    out = io.StringIO()
    for _ in range(2):
        set_up(LogSettings("json", "warning"), stream=out)
    LOGGER.info("quiet")
    LOGGER.error("loud")
    assert [json.loads(line)["message"] for line in out.getvalue().splitlines()] == ["loud"]


@pytest.mark.parametrize("form", ["json", "text"])
def test_secrets_show_neither_in_messages_nor_fields_nor_tracebacks(form):
    out = io.StringIO()
    set_up(LogSettings(form, "info"), [Secret('pa"ss'), Secret("hunter2"), Secret("")], stream=out)
    try:
        int("hunter2")
    except ValueError:
        LOGGER.exception("login as hunter2", extra={"given": 'pa"ss'})
    shown = out.getvalue()
    assert "hunter2" not in shown
    assert "ss" not in shown.replace("password", "").split("given")[1].split(",")[0]
    assert shown.count("***") >= 3


def test_a_message_of_several_lines_stays_one_line_for_machines():
    out = io.StringIO()
    set_up(LogSettings("json", "info"), stream=out)
    LOGGER.info("a\nb")
    assert len(out.getvalue().splitlines()) == 1

"""Which adapter takes an input, and what is said when none does."""

from __future__ import annotations

import pytest

from overheal.adapters.base import Record
from overheal.adapters.registry import (
    adapter_named,
    all_adapters,
    printable,
    recognise,
)
from overheal.errors import UnrecognisedFormat

CANONICAL = b'{"specversion": "1.0", "id": "1"}'
EVENT = b'{"apiVersion": "v1", "kind": "Event", "metadata": {"name": "a"}, "involvedObject": {}}'


def records(*raws):
    return [Record("events.log", line, raw) for line, raw in enumerate(raws, 1)]


def chosen(*raws):
    return recognise(records(*raws), all_adapters()).name


def test_every_adapter_has_a_name_of_its_own():
    names = [adapter.name for adapter in all_adapters()]
    assert len(set(names)) == len(names)
    assert {"canonical", "kubernetes"} <= set(names)


def test_an_adapter_is_found_by_its_name_and_is_fresh():
    assert adapter_named("kubernetes").name == "kubernetes"
    assert adapter_named("canonical") is not adapter_named("canonical")


def test_a_name_nobody_has_is_refused_with_the_nearest_and_all_valid_ones():
    with pytest.raises(UnrecognisedFormat) as refused:
        adapter_named("kubernets")
    assert "did you mean 'kubernetes'?" in str(refused.value)
    assert "canonical" in str(refused.value)


def test_the_format_is_recognised_by_content():
    assert chosen(CANONICAL) == "canonical"
    assert chosen(EVENT) == "kubernetes"


def test_broken_records_at_the_start_do_not_hide_the_format():
    assert chosen(b"words", b"{broken", EVENT) == "kubernetes"
    assert chosen(b"words", CANONICAL[:-1]) == "canonical"


def test_most_of_the_first_twenty_records_decide():
    assert chosen(CANONICAL, EVENT, EVENT) == "kubernetes"
    with pytest.raises(UnrecognisedFormat):
        chosen(*[b"words"] * 20, EVENT)


def test_when_nothing_fits_the_error_says_what_was_tried_and_what_is_there():
    with pytest.raises(UnrecognisedFormat) as refused:
        chosen(b"\x1b[31mred\x00 \xe2\x80\xae words", b"more")
    text = str(refused.value)
    assert text.startswith("events.log: no known format (tried canonical, kubernetes")
    assert r"\x1b[31mred\x00 \xe2\x80\xae words" in text
    assert "--from" in text
    assert text.isprintable()


def test_nothing_to_recognise_by_is_an_error_too():
    with pytest.raises(UnrecognisedFormat):
        chosen()


@pytest.mark.parametrize("raw", [b"x" * 500, b"\0" * 500, b"", b"  \n ", b"\xff" * 19 + b"xyzab"])
def test_what_is_shown_is_short_and_printable(raw):
    shown = printable(raw)
    assert len(shown) <= 80
    assert shown.isprintable()

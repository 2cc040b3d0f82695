"""Ordinary life raises nothing; the same shapes gone wrong do."""

from __future__ import annotations

import pytest

from overheal.detect import registry
from tests.contracts.benign.corpus import CORPUS
from tests.support.made import DAY, catalog_of, flow_of, of, told

each = pytest.mark.parametrize("entry", CORPUS, ids=lambda entry: entry.name.replace(" ", "-"))


@each
def test_ordinary_life_is_silent(entry):
    flow = flow_of(catalog=catalog_of(**entry.declared, **entry.catalog))
    findings = told(entry.ordinary(), flow=flow, until=100 * DAY)
    assert [one.summary for one in findings if one.detector in entry.silent] == []


@each
def test_the_same_shape_gone_wrong_is_found(entry):
    known = catalog_of(**{**entry.declared, **entry.harmful_catalog})
    assert of(told(entry.harmful(), flow=flow_of(catalog=known)), entry.raises)


@each
def test_an_entry_is_not_empty_and_most_detectors_must_be_silent(entry):
    assert len(entry.ordinary().events) >= 3
    assert len(entry.silent) >= len(registry.names()) - 1
    assert entry.raises in registry.names()


def test_every_detector_has_a_benign_sibling():
    assert {entry.raises for entry in CORPUS} == set(registry.names())

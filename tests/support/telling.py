"""Telling a story: as it happens, with time passing, and through the command line."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from overheal.cli.app import app
from overheal.contract.decode import decode
from overheal.flow import Flow
from overheal.model import MICROSECOND, Event, Finding, Status, Tier
from tests.support.events import collect, new_flow, standing
from tests.support.made import catalog_of
from tests.support.story import MIDNIGHT, Found, Story, clock_of, stamp

GATHERING = 3.0
"""Seconds that dispatch waits before a page, so that a root can gather its consequences."""

STEPS = (1.0, 2.0, 3.0, 4.0, 10.0, 60.0, 600.0, 3600.0)
"""How long after an event time is let pass, where nothing else happens (seconds)."""

FOLDED = 600.0
"""Events of one agent that are this close are shown as one where there are many (seconds)."""

START = int(MIDNIGHT.timestamp()) * MICROSECOND


@dataclass(frozen=True)
class Note:
    """A finding as it was published at a moment (seconds since the first midnight)."""

    at: float
    finding: Finding


Way = Callable[[Story, list[Note], Path], None]


def scenario(write: Callable[[Story], None]) -> Callable[[Way, Path], None]:
    """Make a test of a function that writes a story: it is told both ways."""

    @functools.cache
    def told() -> tuple[Story, list[Note]]:
        story = Story()
        write(story)
        return story, published(story)

    @pytest.mark.parametrize("way", [as_it_happens, by_command], ids=["live", "command"])
    def test(way: Way, tmp_path: Path) -> None:
        way(*told(), tmp_path)

    test.__name__ = write.__name__
    test.__doc__ = write.__doc__
    return test


def as_it_happens(story: Story, notes: list[Note], _folder: Path) -> None:
    """Hold what was published while it happened against what the story expects."""
    problems = [
        _nothing_wanted(story),
        *(_missing(wanted, notes) for wanted in story.expected),
        _wrong_pages(story, notes),
        _unexpected(story, notes),
    ]
    said = [problem for problem in problems if problem]
    assert not said, "\n".join([*said, "", *timeline(story, notes)])


def by_command(story: Story, notes: list[Note], folder: Path) -> None:
    """Judge the story as a file with `overheal analyze`; it has to find the same."""
    (folder / "story.jsonl").write_bytes(b"\n".join(story.lines()) + b"\n")
    (folder / "catalog.yaml").write_text(json.dumps(story.catalog))
    arguments = [str(folder / "story.jsonl"), "--catalog", str(folder / "catalog.yaml")]
    arguments += ["--now", stamp(story.end), "--strict", "--output", "json"]
    done = CliRunner().invoke(app, ["analyze", *arguments])
    assert done.exit_code == 0, done.output
    found = {one["id"]: one for one in json.loads(done.stdout)["findings"]}
    told = {one.id: one for one in standing(last(notes))}
    assert {key: _key(one) for key, one in found.items()} == {
        key: (one.detector, one.tier.word, one.status.value, one.inhibited_by)
        for key, one in told.items()
    }
    for wanted in story.expected:
        assert any(
            one["detector"] == wanted.detector and Tier[one["tier"].upper()] >= wanted.tier
            for one in found.values()
        ), wanted


def published(story: Story) -> list[Note]:
    """Return everything that was published, in its order.

    Events come one by one, in order and at once, with time passing in between, to a flow that waits
    for late ones. A worker publishes what follows from an event as soon as this, and what follows
    from time alone (an end that does not come) later by its lateness.
    """
    flow = new_flow(catalog=catalog_of(**story.catalog))
    notes: list[Note] = []
    known: dict[str, Finding] = {}
    by_time: dict[float, list[Event]] = {}
    for at, _, document in story.ordered():
        by_time.setdefault(at, []).append(decode(json.dumps(document).encode()))
    for at in _moments(story):
        findings = list(flow.judge(by_time[at]).findings) if at in by_time else []
        findings += flow.advance(START + round(at * MICROSECOND))
        _publish(flow, at, findings, known, notes)
    return notes


def last(notes: list[Note]) -> dict[str, Finding]:
    """Return each finding as it was published last."""
    return {note.finding.id: note.finding for note in notes}


def timeline(story: Story, notes: list[Note]) -> list[str]:
    """Return what happened and what was found when; of many alike in a row the first one."""
    lines: list[tuple[float, int, str, str]] = []
    for at, _, document in story.events:
        kind, words = _short(document)
        lines.append((at, 0, kind, words))
    shown: dict[str, tuple[Tier, Status]] = {}
    for note in notes:
        one = note.finding
        if shown.get(one.id) != (one.tier, one.status):
            shown[one.id] = (one.tier, one.status)
            kind = f"    → {one.detector} {one.tier.word} {one.status.value}"
            under = f" (under {one.inhibited_by})" if one.inhibited_by else ""
            lines.append((note.at, 1, kind + under, f"{kind}: {one.summary}{under}"))
    lines += [(w.by, 2, _wish(w), f"    ? {_wish(w)}") for w in story.expected]
    return _folded(sorted(lines, key=lambda line: line[:2]))


def _folded(lines: list[tuple[float, int, str, str]]) -> list[str]:
    """Return lines as text; of those of one kind within ten minutes only the first is written."""
    told: list[str] = []
    last: dict[str, float] = {}
    more: dict[str, int] = {}
    for at, _, kind, words in lines:
        if at - last.get(kind, float("-inf")) <= FOLDED:
            more[kind] = more.get(kind, 0) + 1
        else:
            told.append(f"{clock_of(at)}  {words}")
        last[kind] = at
    return [*told, *(f"… and {count} more like: {kind.strip()}" for kind, count in more.items())]


def _moments(story: Story) -> list[float]:
    """Return when something happens, is due or asked, and moments in between."""
    events = sorted({at for at, _, _ in story.events})
    moments = {*events, *(wanted.by for wanted in story.expected), story.end}
    for at, following in zip(events, [*events[1:], story.end], strict=True):
        moments.update(at + step for step in STEPS if at + step < following)
    return sorted(at for at in moments if at <= story.end)


def _publish(
    flow: Flow, at: float, findings: list[Finding], known: dict[str, Finding], notes: list[Note]
) -> None:
    if not findings:
        return
    collect(known, findings)
    related = flow.relate(list(known.values()))
    collect(known, related)
    changed = {one.id for one in [*findings, *related]}
    notes.extend(Note(at, known[key]) for key in sorted(changed))


def _nothing_wanted(story: Story) -> str:
    if story.silent == bool(story.expected or story.paged):
        return "a story either expects findings or stays silent, and says which"
    return ""


def _missing(wanted: Found, notes: list[Note]) -> str:
    for note in notes:
        if note.at <= wanted.by and _is_it(wanted, note.finding):
            return ""
    later = next((note.at for note in notes if _is_it(wanted, note.finding)), None)
    when = "never" if later is None else f"only at {clock_of(later)}"
    return f"by {clock_of(wanted.by)} {_wish(wanted)} was wanted; it came {when}"


def _is_it(wanted: Found, finding: Finding) -> bool:
    text = f"{finding.title} {finding.summary}"
    return (
        finding.detector == wanted.detector
        and finding.tier >= wanted.tier
        and finding.status in (Status.OPEN, Status.RESOLVED)
        and all(name in finding.agents or name in text for name in wanted.naming)
        and (not wanted.about or wanted.about == finding.service or wanted.about in finding.title)
        and wanted.saying in finding.summary
    )


def _wrong_pages(story: Story, notes: list[Note]) -> str:
    pages = sorted(one.detector for one in _paged(notes))
    if pages == sorted(story.paged):
        return ""
    return f"pages of {sorted(story.paged)} were expected, and {pages} paged"


def _paged(notes: list[Note]) -> list[Finding]:
    """Return the findings that page: critical, and explained by no other when dispatch looks."""
    first: dict[str, float] = {}
    for note in notes:
        if note.finding.tier is Tier.CRITICAL:
            first.setdefault(note.finding.id, note.at)
    paged = []
    for key, at in first.items():
        states = [n.finding for n in notes if n.finding.id == key and n.at <= at + GATHERING]
        if not states[-1].inhibited_by:
            paged.append(states[-1])
    return paged


def _unexpected(story: Story, notes: list[Note]) -> str:
    named = {wanted.detector for wanted in story.expected} | story.allowed | {*story.paged}
    for one in last(notes).values():
        if one.tier >= Tier.ACTIONABLE and not one.inhibited_by and one.detector not in named:
            return f"nobody expected {one.detector} ({one.tier.word}): {one.summary}"
    return ""


def _wish(wanted: Found) -> str:
    about = f" about {wanted.about}" if wanted.about else ""
    naming = f" naming {', '.join(wanted.naming)}" if wanted.naming else ""
    return f"{wanted.detector} ({wanted.tier.word} or louder){about}{naming}"


def _key(found: dict[str, Any]) -> tuple[Any, ...]:
    return (found["detector"], found["tier"], found["status"], found["inhibited_by"] or "")


def _short(document: dict[str, Any]) -> tuple[str, str]:
    """Return what sort of event it is, and the event in a few words."""
    data = document["data"]
    if "action" not in data:
        seen = f"{data['kind']} {data['signal']}"
        return seen, f"{seen} {data.get('status', data.get('value', ''))} {data.get('service', '')}"
    outcome = data.get("actual", {}).get("outcome", data["phase"])
    target = data.get("target", {})
    field = target.get("field", "")
    old, new = (data.get(state, {}).get(field, "?") for state in ("before", "after"))
    change = f"{field} {old} → {new}"
    what = f"{data['agent']['name']} {data['action']['type']}"
    thing = target.get("name", "")
    parts = [what, data.get("service", ""), thing, change if field else "", outcome]
    return what, " ".join(part for part in parts if part)

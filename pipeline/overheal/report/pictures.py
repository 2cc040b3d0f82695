"""Pictures of findings: Vega-Lite drawn to SVG, cut down to what may stand inside a page.

Every picture is drawn once in the colours of the light theme; the page's style sheet maps them
for the dark one. No reader's script, font or server is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

import vl_convert

from overheal.report.charts.canvas import Chart, Key
from overheal.report.charts.series import gaps, moments, states, writes
from overheal.report.charts.shrinking import shrinking
from overheal.report.charts.steps import contested, flipping
from overheal.report.charts.timeline import timeline
from overheal.report.parts import FindingPart

_VERSION = "5.20"
_SVG = "{http://www.w3.org/2000/svg}"
_ELEMENTS = {"svg", "g", "path", "line", "rect", "circle", "text", "tspan"}
_ATTRIBUTES = {
    *("d", "x", "y", "x1", "y1", "x2", "y2", "dx", "dy", "width", "height", "transform"),
    *("fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "text-anchor"),
    *("font-size", "font-weight", "viewBox"),
}
_PLACES = {"d", "x", "y", "x2", "y2", "transform"}
_DIGITS = re.compile(r"-?\d+\.\d{2,}(?:e-\d+)?")
_INERT = re.compile(r"[^\x00-\x1f<>&\"()]*")
_MOVES = re.compile(r"(?:\s*(?:translate|rotate|scale)\([-\d.,e ]+\))+")


@dataclass(frozen=True)
class Picture:
    """One picture: `svg` is safe to stand in a page, the other texts are not yet escaped."""

    kind: str
    title: str
    caption: str
    keys: tuple[Key, ...]
    svg: str


def charts_of(finding: FindingPart) -> Iterator[Chart]:
    """Return the charts for which a finding has evidence; its strings must be clean already.

    A state that flips says all that a timeline of its one observer would.
    """
    evidence = finding.evidence
    seen = flipping(states(evidence))
    members = moments(evidence)
    alone = seen is not None and len({member.agent for member in members}) < 2
    candidates = (
        contested(writes(evidence), evidence),
        shrinking(gaps(evidence), evidence.get("projection")),
        seen,
        None if alone else timeline(members, finding.count),
    )
    return (chart for chart in candidates if chart is not None)


def pictures(finding: FindingPart, prefix: str) -> list[Picture]:
    """Return the pictures of a finding; `prefix` makes their ids unique within a page."""
    return [drawn(chart, prefix) for chart in charts_of(finding)]


def drawn(chart: Chart, prefix: str) -> Picture:
    """Return a chart as a picture; `prefix` makes its id unique within a page."""
    raw = vl_convert.vegalite_to_svg(chart.spec, vl_version=_VERSION, allowed_base_urls=[])
    svg = embeddable(raw, chart.title, f"{prefix}-{chart.kind}")
    return Picture(chart.kind, chart.title, chart.caption, chart.keys, svg)


def png(chart: Chart) -> bytes:
    """Return a chart as a PNG on white, twice as many pixels as it is wide, for mail."""
    spec = {**chart.spec, "background": "#ffffff"}
    image: bytes = vl_convert.vegalite_to_png(
        spec, vl_version=_VERSION, scale=2, allowed_base_urls=[]
    )
    return image


def embeddable(raw: str, title: str, ident: str) -> str:
    """Return an SVG document reduced to shapes and words, with a title and an id of its own."""
    root = ET.fromstring(raw)  # noqa: S314 - the renderer's own output, no entities
    body = _reduced(root)
    if body is None:
        return ""
    body.attrib.pop("width", None)
    body.attrib.pop("height", None)
    body.attrib.update({"class": "picture", "role": "img", "aria-labelledby": f"{ident}-title"})
    body.set("id", ident)
    head = ET.Element("title", {"id": f"{ident}-title"})
    head.text = title
    body.insert(0, head)
    return ET.tostring(body, encoding="unicode", short_empty_elements=False)


def _reduced(element: ET.Element) -> ET.Element | None:
    """Return an element with only the known parts of it, or None where nothing would show."""
    name = element.tag.removeprefix(_SVG)
    if name not in _ELEMENTS or element.get("display") == "none":
        return None
    if element.get("opacity") == "0" or "background" in (element.get("class") or "").split():
        return None
    kept = ET.Element(
        name,
        {
            key: _DIGITS.sub(_rounded, value) if key in _PLACES else value
            for key, value in element.attrib.items()
            if key in _ATTRIBUTES and value != "" and _allowed(key, value)
        },
    )
    kept.text = element.text
    for child in element:
        part = _reduced(child)
        if part is not None:
            kept.append(part)
    if name == "g" and not len(kept):
        return None
    return kept


def _rounded(digits: re.Match[str]) -> str:
    return f"{float(digits[0]):.1f}".removesuffix(".0")


def _allowed(key: str, value: str) -> bool:
    if key == "opacity" and value == "1":
        return False
    if key == "transform":
        return _MOVES.fullmatch(value) is not None
    return _INERT.fullmatch(value) is not None

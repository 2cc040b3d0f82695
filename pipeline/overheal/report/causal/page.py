"""A tree of causes as a map for a browser: one file that fetches nothing."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from overheal.causal.settling import Edge
from overheal.causal.tree import Tree
from overheal.report.causal.words import (
    cut_off,
    described,
    first_told,
    forgotten,
    heading,
    how,
    left_out,
    owning,
    sentence,
    untold,
)
from overheal.report.words import clean, shorten
from overheal.state.words import clock

_WIDE, _HIGH, _ACROSS, _DOWN, _MARGIN = 264, 62, 64, 22, 16
_LETTERS = (32, 36, 36)


def render_map(tree: Tree) -> str:
    """Return the map: causes to the left of what was asked, what followed to its right."""
    pages = Environment(
        loader=PackageLoader("overheal.report"), autoescape=True, undefined=StrictUndefined
    )
    missing = [node for node in tree.nodes if node not in tree.seen]
    return pages.get_template("causal.html.jinja").render(
        title=f"What led to {clean(tree.node)}, and what it led to",
        told=[clean(said) for said in first_told(tree)],
        tier=tree.finding.tier.word if tree.finding else "",
        summary=clean(heading(tree)),
        roots=[described(tree, root) for root in _roots(tree)],
        drawing=_drawing(tree),
        gaps=[
            f"{clean(sentence(gap))} (between {clean(gap.cause)} and {clean(gap.effect)})"
            for gap in tree.gaps
        ],
        missing=[clean(node) for node in missing],
        lost=forgotten(tree) if tree.lost else "",
        related=[f"{clean(n)}: the same {kind} {clean(what)}" for n, what, kind in tree.related]
        + [clean(owning(one)) for one in tree.owned],
        rows=[described(tree, node) for node in _shown(tree)],
        left_out=left_out(tree),
        links=[(clean(e.cause), clean(e.effect), how(e)) for e in tree.edges],
        cut=cut_off(tree) if tree.cut else "",
        colors=(),
    )


def _shown(tree: Tree) -> list[str]:
    left = set(untold(tree))
    return [node for node in tree.nodes if node not in left]


def _roots(tree: Tree) -> list[str]:
    """Return the roots, the earliest first; none where nothing led to anything."""
    if not tree.edges:
        return []
    return sorted(tree.roots, key=lambda root: (_when(tree, root), root))


def _when(tree: Tree, node: str) -> int:
    known = tree.seen.get(node)
    return 0 if known is None else known.first_at


def _drawing(tree: Tree) -> Markup:
    places = _places(tree)
    width = max((x for x, _ in places.values()), default=0) + _WIDE + _MARGIN
    height = max((y for _, y in places.values()), default=0) + _HIGH + _MARGIN
    parts = [
        Markup(
            '<svg viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" '
            'aria-label="Map of causes and effects">'
        ).format(w=width, h=height),
        Markup(
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" '
            'markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="var(--muted)"/>'
            "</marker></defs>"
        ),
        *[_line(edge, places) for edge in tree.edges],
        *[_box(tree, node, *place) for node, place in places.items()],
        Markup("</svg>"),
    ]
    return Markup("\n").join(parts)


def _places(tree: Tree) -> dict[str, tuple[int, int]]:
    """Return where the boxes stand: a column for each distance, the earliest on top."""
    far = {node: -links for node, links in tree.up.items()}
    for node, links in tree.down.items():
        far.setdefault(node, links)
    first = min(far.values(), default=0)
    rows: dict[int, int] = {}
    places = {}
    for node in _shown(tree):
        row = rows[far[node]] = rows.get(far[node], -1) + 1
        x = _MARGIN + (far[node] - first) * (_WIDE + _ACROSS)
        places[node] = (x, _MARGIN + row * (_HIGH + _DOWN))
    return places


def _line(edge: Edge, places: dict[str, tuple[int, int]]) -> Markup:
    (x, y), (to_x, to_y) = places[edge.cause], places[edge.effect]
    start, end = (x + _WIDE, y + _HIGH // 2), (to_x, to_y + _HIGH // 2)
    bend = max(_ACROSS // 2, abs(end[0] - start[0]) // 3)
    path = f"M{start[0]} {start[1]}C{start[0] + bend} {start[1]} {end[0] - bend} {end[1]} "
    path += f"{end[0]} {end[1]}"
    kind = "declared" if edge.kind == "declared" else "inferred"
    return Markup('<path class="{}" d="{}" marker-end="url(#tip)"><title>{}</title></path>').format(
        kind, path, f"{clean(edge.cause)} to {clean(edge.effect)}: {how(edge)}"
    )


def _box(tree: Tree, node: str, x: int, y: int) -> Markup:
    known = tree.seen.get(node)
    if known is None:
        lines = (node, "nothing is stored of it", "")
    else:
        wrote = f" {known.field}={known.new}" if known.field else ""
        what = f"{known.type} {known.service or known.target}{wrote}"
        lines = (what, known.agent, f"{clock(known.first_at)} {known.outcome}")
    kind = "asked" if node in tree.asked else "seen" if known else "missing"
    texts = [
        Markup('<text x="{}" y="{}" class="{}">{}</text>').format(
            x + 10, y + 19 + 17 * at, "" if at else "first", shorten(clean(line), most)
        )
        for at, (line, most) in enumerate(zip(lines, _LETTERS, strict=True))
        if line
    ]
    return Markup(
        '<g class="{}"><title>{}</title><rect x="{}" y="{}" width="{}" height="{}" rx="6"/>{}</g>'
    ).format(kind, escape(described(tree, node)), x, y, _WIDE, _HIGH, Markup().join(texts))

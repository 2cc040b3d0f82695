"""A tree of causes for a terminal, and as Graphviz."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator

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
from overheal.report.words import clean

_BOLD, _DIM, _OFF = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_LEAST = 40
_GLUE = "\N{NO-BREAK SPACE}"
"""Keeps words on one line; what is written has a plain space."""


def render_tree(tree: Tree, *, width: int, color: bool) -> str:
    """Return the tree from its roots through what was asked down to what it led to.

    Lines are at most `width` columns, except where one word or the depth leaves no room.
    What stands under several causes is told once, and named where it comes again.
    """
    lines = [*_first(tree, width, color=color), ""]
    effects: dict[str, list[Edge]] = {}
    for edge in tree.edges:
        effects.setdefault(edge.cause, []).append(edge)
    told: set[str] = set()
    caused = {edge.effect for edge in tree.edges}
    starts = [root for root in tree.roots if root in tree.up]
    starts += [node for node in tree.nodes if node in tree.up and node not in caused]
    starts = sorted(dict.fromkeys(starts), key=lambda one: (_when(tree, one), one))
    left = set(untold(tree))
    for root in [one for one in starts if one not in left]:
        if root not in told:
            lines.extend(_branch(tree, root, effects, told, width=width, color=color))
    if left:
        lines.append(left_out(tree))
    for note in _notes(tree):
        lines.extend(_wrapped(clean(note), width, "    "))
    return "\n".join(lines) + "\n"


def render_dot(tree: Tree) -> str:
    """Return the tree for Graphviz: inferred links dashed, what was asked in bold."""
    lines = ["digraph causes {", "  rankdir=TB;", '  node [shape=box, fontname="sans-serif"];']
    if tree.finding is not None:
        said = clean(f"{tree.finding.tier.word}: {tree.finding.summary}")
        label = _quoted("\n".join([*textwrap.wrap(said, 40), f"[{clean(tree.node)}]"]))
        lines.append(f"  {_quoted(tree.node)} [label={label}, shape=note, penwidth=3];")
        members = (node for node in tree.nodes if node in tree.members)
        lines += [
            f'  {_quoted(node)} -> {_quoted(tree.node)} [style=dotted, dir=none, label="member"];'
            for node in members
        ]
    for node in tree.nodes:
        style = ", penwidth=3" if node in tree.asked else ""
        style += "" if node in tree.seen else ", style=dotted"
        lines.append(f"  {_quoted(node)} [label={_quoted(described(tree, node))}{style}];")
    for edge in tree.edges:
        dashed = f" [style=dashed, label={_quoted(how(edge))}]" if edge.kind != "declared" else ""
        lines.append(f"  {_quoted(edge.cause)} -> {_quoted(edge.effect)}{dashed};")
    for node, shares, _ in tree.related:
        label = _quoted(f"related: {shares}")
        ends = f"{_quoted(tree.node)} -> {_quoted(node)}"
        lines.append(f"  {ends} [style=dotted, dir=none, label={label}];")
    return "\n".join([*lines, "}"]) + "\n"


def _branch(
    tree: Tree,
    root: str,
    effects: dict[str, list[Edge]],
    told: set[str],
    *,
    width: int,
    color: bool,
) -> Iterator[str]:
    """Go down from a root; a list of its own stands in for the stack, since chains may be deep."""
    waiting: list[tuple[str, Edge | None, str, bool]] = [(root, None, "", True)]
    while waiting:
        node, edge, lead, last = waiting.pop()
        again = node in told
        told.add(node)
        onward = "" if edge is None else lead + ("   " if last else "│  ")
        mark = "" if edge is None else ("└" if last else "├") + ("─ " if _declared(edge) else "┄ ")
        said = _wrapped(_said(tree, node, edge, again=again), max(width - len(onward) - 4, _LEAST))
        yield f"{lead}{mark}{_colored(tree, node, said[0], color=color)}"
        for rest in said[1:]:
            yield f"{onward}    {_colored(tree, node, rest, color=color)}"
        if again:
            continue
        below = [e for e in effects.get(node, ()) if e.effect in tree.up or e.effect in tree.down]
        below.sort(key=lambda e: (_when(tree, e.effect), e.effect))
        waiting.extend((e.effect, e, onward, e is below[-1]) for e in reversed(below))


def _said(tree: Tree, node: str, edge: Edge | None, *, again: bool) -> str:
    text = described(tree, node) if not again else clean(f"[{node}], told above")
    if edge is not None and not (edge.kind == "declared" and edge.reason == "caused_by"):
        text += f" — {how(edge)}"
    mark = "member" if tree.finding is not None else "asked"
    return f"{text}{_GLUE * 2}◀{_GLUE}{mark}" if node in tree.asked else text


def _colored(tree: Tree, node: str, text: str, *, color: bool) -> str:
    look = _BOLD if node in tree.asked else "" if node in tree.seen else _DIM
    return f"{look}{text}{_OFF}" if color and look else text


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    lines = textwrap.wrap(
        text,
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_GLUE, " ") for line in lines] or [""]


def _first(tree: Tree, width: int, *, color: bool) -> list[str]:
    """Return the first lines: of a finding what it is, then how much led to what."""
    lines = []
    if tree.finding is not None:
        lines.append(f"{_BOLD}{clean(tree.node)}{_OFF}" if color else clean(tree.node))
        for said in first_told(tree):
            lines += _wrapped(f"  {clean(said)}", width, "    ")
        lines.append("")
    return [*lines, *_wrapped(clean(heading(tree)), width)]


def _notes(tree: Tree) -> Iterator[str]:
    missing = [node for node in tree.nodes if node not in tree.seen]
    if tree.gaps or missing or tree.lost:
        yield ""
        yield "Gaps"
    for gap in tree.gaps:
        yield f"  {sentence(gap)} (between {gap.cause} and {gap.effect})"
    for node in missing:
        yield f"  nothing is stored of {node}, which is named as a cause"
    if tree.lost:
        yield f"  {forgotten(tree)}"
    if tree.related or tree.owned:
        yield ""
        yield "Related, which is no cause"
        for node, shares, how_ in tree.related:
            yield f"  {node}: the same {how_} {shares}"
        for owned in tree.owned:
            yield f"  {owning(owned)}"
    if tree.cut:
        yield ""
        yield cut_off(tree)


def _declared(edge: Edge) -> bool:
    return edge.kind == "declared"


def _when(tree: Tree, node: str) -> int:
    return tree.seen[node].first_at if node in tree.seen else 1 << 62


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)

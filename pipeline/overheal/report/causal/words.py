"""What is said of a tree of causes, alike wherever it is shown."""

from __future__ import annotations

from overheal.causal.graph import ROOTS_KEPT
from overheal.causal.settling import Edge
from overheal.causal.tree import Gap, Owned, Tree
from overheal.report.words import between, clean, plural
from overheal.state.words import clock, percent

OTHERS_TOLD = 10
_ALONE = 20
"""Members of a finding without causes and effects that are told one by one."""
_CHANGE = "soon after a {} of the same service"
_WHY = {
    "catalog": "soon after trouble of what the catalog says it needs",
    "timing": "its service's trouble was learned to follow that one's",
    "dependency": "soon after a recovery of what the catalog says it needs",
    "target": "it takes back what that wrote to the same field",
    "node": "it moves off the node that this is about",
    "pressure": "pressure on nodes soon after more replicas",
    "relief": "moved off soon after pressure on nodes",
    "deploy": _CHANGE.format("deploy"),
    "config_change": _CHANGE.format("change of settings"),
    "rollback": _CHANGE.format("rollback"),
    "scale": _CHANGE.format("change of scale"),
    "traffic_shift": _CHANGE.format("shift of traffic"),
    "credential_rotation": _CHANGE.format("rotation of credentials"),
    "failover": _CHANGE.format("fail-over"),
}
"""What a link was inferred from, by its reason."""
_SEVERAL = "actions and observations"


def first_told(tree: Tree) -> list[str]:
    """Return what a page says first of a finding: its state, its sentence, the reason of its tier.

    Nothing where no finding was asked.
    """
    finding = tree.finding
    if finding is None:
        return []
    what = finding.service or finding.scope or "the fleet"
    where = f" in {finding.environment}" if finding.environment else ""
    lines = [
        f"{finding.tier.word}, {finding.status}: {finding.summary}",
        f"Why {finding.tier.word}: {finding.reason}" if finding.reason else "",
        f"{what}{where}, {between(finding.first_at, finding.last_at)}, by {finding.detector}",
    ]
    if finding.inhibited_by:
        lines.append(f"It is explained by {finding.inhibited_by}")
    if finding.superseded_by:
        lines.append(f"It is part of {finding.superseded_by} now")
    return [line for line in lines if line]


def heading(tree: Tree) -> str:
    """Return how much led to what was asked, from how many roots, and how much it led to."""
    above = len(tree.up.keys() - tree.asked)
    below = len(tree.down.keys() - tree.up.keys())
    told = tree.finding is not None
    if told and not tree.asked:
        return f"{tree.node}: nothing is stored of its events"
    them = "them" if told and len(tree.asked) > 1 else "it"
    who = f"{tree.node}: " if not told else f"{_events(tree)}: "
    if not above and not below:
        return f"{who}no cause of {them} is known, and nothing is known to follow from {them}"
    more = " or more" if tree.more_roots else ""
    roots = f"{len(tree.roots)}{more} roots" if len(tree.roots) > 1 else f"root {tree.roots[0]}"
    they = "they" if them == "them" else "it"
    return f"{who}{above} led to {them} ({roots}), {they} led to {below}"


def _events(tree: Tree) -> str:
    """Return how many events a finding has, and how many actions and observations they are."""
    events = tree.finding.member_count if tree.finding else 0
    nodes = len(tree.asked)
    of = "" if nodes == events else f" of {plural(nodes, 'action or observation', _SEVERAL)}"
    return f"{plural(events, 'member event')}{of}"


def described(tree: Tree, node: str) -> str:
    """Return a node in one line."""
    known = tree.seen.get(node)
    if known is None:
        return clean(f"{node}: nothing is stored of it")
    wrote = f" {known.field}={known.new}" if known.field else ""
    where = known.service or known.target
    ended = f" ({known.outcome})" if known.outcome else ""
    who = f"{known.agent}: " if known.agent else ""
    return clean(f"{clock(known.first_at)} {who}{known.type} {where}{wrote}{ended} [{node}]")


def untold(tree: Tree) -> list[str]:
    """Return the members without a cause or an effect that is known, beyond the first twenty.

    They are alike: a person reads how many there are.
    """
    linked = {node for edge in tree.edges for node in (edge.cause, edge.effect)}
    alone = [node for node in tree.nodes if node in tree.members and node not in linked]
    return alone[_ALONE:]


def left_out(tree: Tree) -> str:
    """Return how many members are `untold`, "" for none."""
    left = len(untold(tree))
    return f"and {plural(left, 'more member')} without a known cause or effect" if left else ""


def how(edge: Edge) -> str:
    """Return how a link is known."""
    if edge.kind == "declared":
        return "declared" if edge.reason == "caused_by" else f"declared by {edge.reason}"
    why = _WHY.get(edge.reason, f"from {edge.reason}")
    return f"inferred: {why}, {percent(edge.confidence)} sure"


def sentence(gap: Gap) -> str:
    """Return a gap in words."""
    start, end = clock(gap.start), clock(gap.end)
    return f"no event between {start} and {end} from {gap.agent}"


def owning(owned: Owned) -> str:
    """Return in words who owns what."""
    others = owned.others[:OTHERS_TOLD]
    left = len(owned.others) - len(others)
    also = f"; also {', '.join(others)}" if others else ""
    more = f" and {left} more" if left else ""
    return f"{owned.owner} owns {', '.join(owned.services)}{also}{more}"


def forgotten(tree: Tree) -> str:
    """Return in words that members of a finding are not stored any more."""
    return f"of {plural(tree.lost, 'event')} of the finding nothing is stored any more"


def cut_off(tree: Tree) -> str:
    """Return in words what is not told."""
    if tree.more_roots:
        return (
            f"There is more than is told here: of the roots only the nearest {ROOTS_KEPT} of each "
            "thing are kept. Ask for something nearer to what you look for."
        )
    return "There is more than is told here; ask for something further down."

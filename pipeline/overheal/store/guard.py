"""What a question of a stranger may name: a statement's syntax tree against short lists.

The engine's own parser makes the tree (`EXPLAIN AST`), which runs nothing. What is not on a list is
refused, for tables and table functions; functions are refused by name where they look outside the
store: at files, the network, dictionaries, secrets or the machine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from overheal.errors import QuestionRefused

TABLE_FUNCTIONS = frozenset(
    {"numbers", "numbers_mt", "zeros", "zeros_mt", "generateseries", "generate_series", "values"}
    | {"null", "view"}
)
"""Table functions that make rows from nothing, in lower case."""

FUNCTIONS = re.compile(
    r"file|filesystem\w*|dict(?:get\w*|has|isin)|joinget\w*|sleep\w*|eval\w*|region\w+"
    r"|ai(?:classify|embed|extract|filter|generate\w*|redact|similarity|translate)"
    r"|naivebayes\w*|catboost\w*|assigncentroid|lemmatize|stem|synonyms|iceberg\w+|zookeeper\w*"
    r"|addressto\w+|demangle|logtrace|tid|getmacro|showcertificate|generateserialid|transaction\w+"
    r"|get(?:server|os|client|setting|mergetree|max)\w+|globalvariable|hostname|fqdn|serveruuid"
    r"|tcpport|buildid|uptime|hascolumnintable|pg\w+|authenticateduser|user|session_user"
    r"|system_user|current(?:user|profiles|roles|schemas|requesturl|handler|queryid)"
    r"|(?:default|enabled)(?:profiles|roles)|python\w*|executable\w*|mergetreepartinfo"
    r"|ismergetreepartcoveredby|_\w+",
    re.IGNORECASE,
)
"""Functions that look outside the store, or keep somebody waiting."""

_NODE = re.compile(r"( *)([A-Z]\w*)(?: (.*))?\Z", re.DOTALL)
_ALIAS = re.compile(r" \(alias .*\)\Z", re.DOTALL)
_CHILDREN = re.compile(r" \(children \d+\)\Z")
_TABLE_PLACE = "TableExpression"
SETTINGS = "settings cannot be changed here; leave SETTINGS out, and use the command's options"
_REFUSED = {
    "Set": SETTINGS,
    "ColumnsApplyTransformer": "APPLY is not allowed here; name the function for each column",
}
_MEMBERSHIP = re.compile(r"(?:global)?(?:not)?(?:null)?in(?:ignoreset)?", re.IGNORECASE)


def judge(
    tree: Sequence[str], database: str, foreign: frozenset[str], views: frozenset[str]
) -> None:
    """Raise `QuestionRefused` where a tree names what is not for strangers.

    `tree` are the lines of `EXPLAIN AST`; `database` is the store's own; `foreign` are functions
    that somebody added to the server, in lower case; `views` are the store's, which may be called.
    """
    path: list[str] = []
    members: list[tuple[int, int]] = []
    for line in tree:
        depth, kind, name = _node(line)
        del path[depth:]
        parent = path[-1] if path else ""
        path.append(kind)
        while members and depth <= members[-1][0]:
            members.pop()
        if kind in _REFUSED:
            raise QuestionRefused(_REFUSED[kind])
        if kind == "TableIdentifier":
            _table(name, database)
        elif kind == "Function" and parent == _TABLE_PLACE:
            _table_function(name, views)
        elif kind == "Function":
            _function(name, foreign)
            if _MEMBERSHIP.fullmatch(name):
                members.append((depth, depth + 2))
        elif kind == "Identifier":
            _identifier(name, member=bool(members) and depth == members[-1][1])
        elif kind not in _KNOWN:
            raise QuestionRefused(f"{kind} is not allowed here; ask with a plain SELECT")


_KNOWN = frozenset(
    {"SelectWithUnionQuery", "SelectQuery", "SelectIntersectExceptQuery", "ExpressionList"}
    | {"Subquery", "WithElement", "TablesInSelectQuery", "TablesInSelectQueryElement", "TableJoin"}
    | {"TableExpression", "ArrayJoin", "Literal", "Asterisk", "QualifiedAsterisk", "OrderByElement"}
    | {"ColumnsRegexpMatcher", "ColumnsListMatcher", "QualifiedColumnsRegexpMatcher"}
    | {"QualifiedColumnsListMatcher", "ColumnsTransformerList", "ColumnsExceptTransformer"}
    | {"ColumnsReplaceTransformer", "WindowListElement", "WindowDefinition", "SampleRatio"}
    | {"InterpolateElement", "StorageOrderByElement", "DataType"}
)


def _node(line: str) -> tuple[int, str, str]:
    found = _NODE.match(line)
    if found is None:
        raise QuestionRefused("a name in it spans lines; write names without line breaks")
    name = _ALIAS.sub("", _CHILDREN.sub("", found[3] or ""))
    return len(found[1]), found[2], _CHILDREN.sub("", name)


def _table(name: str, database: str) -> None:
    place, dot, _ = name.rpartition(".")
    if dot and place != database:
        raise QuestionRefused(
            f"{name} is not in the store; ask about its own tables and views, which "
            "`overheal sql --tables` lists"
        )


def _table_function(name: str, views: frozenset[str]) -> None:
    if name.lower() not in TABLE_FUNCTIONS and name not in views:
        raise QuestionRefused(
            f"the table function {name} is not allowed here, since it could reach beyond the "
            f"store; allowed are {', '.join(sorted(TABLE_FUNCTIONS))}"
        )


def _function(name: str, foreign: frozenset[str]) -> None:
    if name.lower() in foreign or FUNCTIONS.fullmatch(name):
        raise QuestionRefused(
            f"the function {name} is not allowed here, since it looks beyond the store; leave it "
            "out"
        )


def _identifier(name: str, *, member: bool) -> None:
    if member and "." in name:
        raise QuestionRefused(
            f"after IN, {name} may name a table elsewhere; write a subquery in its place"
        )
    # A function may stand as a name where another function applies it.
    if FUNCTIONS.fullmatch(name) and not name.startswith("_"):
        raise QuestionRefused(
            f"the name {name} is that of a function that looks beyond the store; leave it out, or "
            "write a column of that name behind its table's"
        )

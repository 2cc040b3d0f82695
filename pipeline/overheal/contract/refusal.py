"""From a failed validation to one sentence: where, what was expected and found, what to do."""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Iterable
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from overheal.errors import RecordError

_RULE = re.compile(r"Value error, ([a-z_.]+): (.*)", re.DOTALL)
_ODD_FIVE = {
    "action.type": "action type",
    "trigger.condition": "trigger condition",
    "expected.outcome": "expected outcome",
    "actual.outcome": "actual outcome",
    "duration_seconds": "duration",
}


def explain(error: ValidationError, model: type[BaseModel], root: str) -> RecordError:
    """Return the first problem of `error` as a `RecordError`, with the number of the others."""
    problems = error.errors(include_url=False)
    first = problems[0]
    loc = tuple(part for part in first["loc"] if not _is_union_branch(part))
    path = root + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    more = f" (and {len(problems) - 1} more problems)" if len(problems) > 1 else ""
    kind, message, found = first["type"], first["msg"], first.get("input")
    if kind == "extra_forbidden":
        return unknown_key(path.rpartition(".")[0], str(loc[-1]), _keys_at(model, loc[:-1]), more)
    rule = _RULE.match(message)
    if rule is not None and rule[1] != "error":
        path, message, kind = f"{root}.{rule[1]}", rule[2], "missing"
    if kind == "missing":
        dotted = path.removeprefix(root + ".")
        what = _ODD_FIVE.get(dotted)
        remedy = f"send the {what}, one of the five facts every action must state" if what else (
            "send it"
        )
        problem = "is missing" if message == "Field required" else message
        return RecordError("missing_field", path, problem + more, remedy)
    message = message.removeprefix("Value error, ")
    return RecordError(
        "invalid_value",
        path,
        f"{_lower(message)}, found {_shown(found)}{more}",
        "correct the value" if kind != "timezone_aware" else "add `Z` or an offset to the time",
    )


def unknown_key(parent: str, key: str, known: Iterable[str], more: str = "") -> RecordError:
    """Return the refusal of an unknown key, naming the nearest valid one."""
    names = sorted(known)
    near = difflib.get_close_matches(key, names, n=1, cutoff=0.5)
    remedy = f"did you mean {near[0]!r}?" if near else f"valid here: {', '.join(names)}"
    return RecordError("unknown_key", f"{parent}.{key}", f"unknown key {key!r}{more}", remedy)


def _keys_at(model: type[BaseModel], loc: tuple[Any, ...]) -> list[str]:
    for part in loc:
        if isinstance(part, int):
            continue
        found = _model_in(model.model_fields[part].annotation)
        if found is None:
            return []
        model = found
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, types.UnionType, list, Annotated):
        for inner in get_args(annotation):
            if (found := _model_in(inner)) is not None:
                return found
    return None


def _is_union_branch(part: Any) -> bool:
    return isinstance(part, str) and (part.startswith(("function-", "constrained-")) or "[" in part)


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"

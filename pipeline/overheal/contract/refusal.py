"""From a failed validation to one sentence: where, what was expected and found, what to do."""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from overheal.contract.exact import json_path
from overheal.errors import RecordError

_RULE = re.compile(r"Value error, ([a-z_]+(?:\.[a-z_]+)*): (.*)", re.DOTALL)
_REQUIRED_FIVE: dict[tuple[str | int, ...], str] = {
    ("action", "type"): "action type",
    ("trigger", "condition"): "trigger condition",
    ("expected", "outcome"): "expected outcome",
    ("actual", "outcome"): "actual outcome",
    ("duration_seconds",): "duration",
}
_FACT_IN = {path[0]: path for path in _REQUIRED_FIVE}
_A_TIME = "send a time with zone, such as 2026-03-01T12:00:00Z, from 1970 to 2099"
_REMEDIES = {
    "string_type": "send a string in quotation marks",
    "string_too_short": "send a text that is not empty",
    "float_type": "send a number without quotation marks",
    "int_type": "send a whole number without quotation marks",
    "bool_type": "send true or false without quotation marks",
    "list_type": "send a list",
    "dict_type": "send an object",
    "model_type": "send an object",
    "timezone_aware": "add `Z` or an offset to the time",
    "greater_than_equal": "send a number in range",
    "less_than_equal": "send a number in range",
    "datetime_type": _A_TIME,
}


def explain(
    error: ValidationError, model: type[BaseModel], root: tuple[str, ...] = ()
) -> RecordError:
    """Return the first problem of `error` as a `RecordError`, with the number of the others."""
    problems = error.errors(include_url=False)
    first = problems[0]
    loc = tuple(part for part in first["loc"] if not _is_union_branch(part))
    more = f" (and {_counted(len(problems) - 1)})" if len(problems) > 1 else ""
    kind, message, found = first["type"], first["msg"], first.get("input")
    if kind == "extra_forbidden":
        return unknown_key((*root, *loc[:-1]), str(loc[-1]), _keys_at(model, loc[:-1]), more)
    rule = _RULE.match(message)
    if rule is not None:
        return _missing(root, tuple(rule[1].split(".")), rule[2] + more)
    if kind == "missing" or (found is None and kind in (*_REMEDIES, "literal_error")):
        state = "is missing" if kind == "missing" else "is null"
        return _missing(root, _FACT_IN.get(loc[0], loc) if len(loc) == 1 else loc, state + more)
    remedy = _REMEDIES.get(kind, "correct the value")
    if kind == "literal_error":
        near = nearest(str(found), [str(choice) for choice in _choices_at(model, loc)])
        remedy = f"did you mean {near!r}?" if near else "send one of these"
    elif kind == "value_error":
        remedy = _A_TIME
    message = message.removeprefix("Value error, ").removeprefix("Input ")
    return RecordError(
        "invalid_value",
        json_path((*root, *loc)),
        f"{message[:1].lower()}{message[1:]}, found {_shown(found)}{more}",
        remedy,
    )


def unknown_key(
    parent: tuple[str | int, ...], key: str, known: Iterable[str], more: str = ""
) -> RecordError:
    """Return the refusal of an unknown key, naming the nearest valid one."""
    names = sorted(known)
    near = nearest(key, names)
    remedy = f"did you mean {near!r}?" if near else f"valid here: {', '.join(names)}"
    return RecordError(
        "unknown_key", json_path((*parent, key)), f"unknown key {_shown(key)}{more}", remedy
    )


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Return the word most like `word`, if any is alike."""
    found = difflib.get_close_matches(word[:200], list(words), n=1, cutoff=0.5)
    return found[0] if found else None


def _missing(root: tuple[str, ...], loc: tuple[str | int, ...], problem: str) -> RecordError:
    fact = _REQUIRED_FIVE.get(loc)
    remedy = (
        f"send the {fact}, one of the five facts every action must state" if fact else "send it"
    )
    return RecordError("missing_field", json_path((*root, *loc)), problem, remedy)


def _counted(problems: int) -> str:
    return "one more problem" if problems == 1 else f"{problems} more problems"


def _keys_at(model: type[BaseModel], loc: tuple[Any, ...]) -> list[str]:
    found = _model_at(model, loc)
    if found is None:
        return []
    return [field.alias or name for name, field in found.model_fields.items()]


def _model_at(model: type[BaseModel], loc: tuple[Any, ...]) -> type[BaseModel] | None:
    """Return the model at a path of field names, list positions and keys of dictionaries."""
    annotation: Any = model
    for part in loc:
        if get_origin(annotation) is dict:
            annotation = get_args(annotation)[1]
        elif isinstance(part, str):
            found = _model_in(annotation)
            if found is None:
                return None
            named = {field.alias or name: field for name, field in found.model_fields.items()}
            annotation = named[part].annotation if part in named else None
    return _model_in(annotation)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, types.UnionType, list, Annotated):
        for inner in get_args(annotation):
            if (found := _model_in(inner)) is not None:
                return found
    return None


def _choices_at(model: type[BaseModel], loc: tuple[Any, ...]) -> tuple[Any, ...]:
    found = _model_at(model, loc[:-1])
    field = found.model_fields.get(str(loc[-1])) if found is not None else None
    return _literal_in(field.annotation) if field is not None else ()


def _literal_in(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return next((found for inner in get_args(annotation) if (found := _literal_in(inner))), ())


def _is_union_branch(part: Any) -> bool:
    return isinstance(part, str) and (part.startswith(("function-", "constrained-")) or "[" in part)


def _shown(value: Any) -> str:
    text = repr(value.isoformat() if isinstance(value, datetime) else value)
    return text if len(text) <= 60 else text[:57] + "…"

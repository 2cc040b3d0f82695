"""docs/schema.md: every field of the schema, with meaning, unit and whether it is required.

python -m overheal.contract.reference > docs/schema.md
"""

from __future__ import annotations

import sys
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le, MinLen
from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from overheal.contract import schema

_INTRODUCTION = """\
# The event schema, version 1

*Written by `make schemas` from the definition (`overheal.contract.schema`); edit nothing here.*

An event is one [CloudEvents 1.0](https://cloudevents.io) document in JSON: the envelope, and under
`data` an [action event](#action-event) or an [observation](#observation). JSON Schema, AsyncAPI and
an example for every action type in every phase are in [`schemas/`](../schemas/).

**The five facts.** Every action states its **action type**, its **trigger condition** and its
**expected outcome**, and once it is finished its **actual outcome** and its **duration**. A
document without them is refused, never guessed at. Unknown is not success.

**Bare data.** Instead of a CloudEvent, a line may hold the data alone with `id` and `time` in it
(and `source`, if there is one): the envelope is made around it.

**Times** are RFC 3339 with `Z` or an offset, from 1970 to 2099; beyond microseconds they are
rounded. **Durations** are seconds. **Numbers** are finite; whole numbers beyond 64 bits become
floating-point numbers. A field that is `null` is absent.

**What is refused, with the place, what was expected and found, and the remedy**: unknown keys
(with the nearest valid name), a key that stands twice, wrong types (nothing is converted), `NaN`
and numbers out of range, the character U+0000, halves of surrogate pairs, more than 64 levels of
nesting, anything but UTF-8.

**Versions.** A document whose `dataschema` names a newer minor version (`…:action-event:1.2`) is
accepted: keys unknown here move into `ext` under their dotted path, and the label
`overheal.newer_minor` counts them. A newer major version is refused. Further CloudEvents extension
attributes become labels.

**Bounds.** An event may stand for at most 100,000 occurrences; beyond that the count is cut and the
label `overheal.capped_count` keeps the number stated.
"""

_STATE = """\
## State

`before`, `after` and `intent.desired` map a field of the target to its value. Which field an action
writes is its `target.field`, or else the only key of `after` or `desired`; its old value is looked
up in `before`, its new one in `after` or `desired`. Keys with a meaning of their own: for a restart
`reason`, `prior_uptime_seconds` (seconds it had run) and `node_health`; for scaling `load`,
`policy`, `replicas` and `post_join_health`.
"""

_SOMETIMES = {
    (schema.ActionEvent, "service"): "or `scope`",
    (schema.ActionEvent, "scope"): "or `service`",
    (schema.ActionEvent, "actual"): "once finished",
    (schema.ActionEvent, "duration_seconds"): "once finished",
    (schema.Observation, "service"): "or `scope`",
    (schema.Observation, "scope"): "or `service`",
}
_SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("Envelope", schema.Envelope),
    ("Action event", schema.ActionEvent),
    ("Observation", schema.Observation),
)


def reference() -> str:
    """Return the page as Markdown."""
    pages = [_INTRODUCTION]
    parts: list[type[BaseModel]] = []
    for title, model in _SECTIONS:
        pages.append(_section(title, model, parts))
    told = 0
    while told < len(parts):
        part = parts[told]
        pages.append(_section(part.__name__, part, parts))
        told += 1
    return "\n".join((*pages, _STATE))


def _section(title: str, model: type[BaseModel], parts: list[type[BaseModel]]) -> str:
    rows = [
        f"| `{name}` | {_type_of(field, parts)} | {_required(model, name, field)} "
        f"| {field.description or ''} |"
        for name, field in model.model_fields.items()
    ]
    if model is schema.Envelope:
        rows.append(
            "| `data` | [action event](#action-event) or [observation](#observation) | yes "
            "| What happened. |"
        )
    head = "| field | type | required | meaning |\n|---|---|---|---|\n"
    return f"## {title}\n\n{model.__doc__}\n\n{head}" + "\n".join(rows) + "\n"


def _required(model: type[BaseModel], name: str, field: FieldInfo) -> str:
    if field.is_required():
        return "yes"
    if field.default is not None:
        return f"no; `{field.default}`"
    return _SOMETIMES.get((model, name), "no")


def _type_of(field: FieldInfo, parts: list[type[BaseModel]]) -> str:
    kind: Any = field.annotation
    if field.metadata:
        kind = Annotated[(kind, *field.metadata)]
    return _words(kind, parts)


def _words(kind: Any, parts: list[type[BaseModel]]) -> str:  # noqa: PLR0911 - one per kind
    origin, args = get_origin(kind), get_args(kind)
    if kind is schema.Seconds or kind == schema.Seconds:
        return "seconds, 0 or more"
    if origin is Annotated:
        return _words(args[0], parts) + _range(args[1:])
    if origin in (Union, types.UnionType):
        return " or ".join(_words(arg, parts) for arg in args if arg is not type(None))
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in args)
    if origin is list:
        return f"list of {_words(args[0], parts)}"
    if origin is dict:
        return "map of text to text" if args[1] is str else "object"
    if kind is AwareDatetime:
        return "time"
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if kind not in parts:
            parts.append(kind)
        return f"[{kind.__name__}](#{kind.__name__.lower()})"
    names = {str: "text", bool: "true or false", int: "whole number", float: "number"}
    return names.get(kind, "any JSON value")


def _range(metadata: tuple[Any, ...]) -> str:
    """Return the bounds that a list of constraints states, in words."""
    limits: dict[str, Any] = {}
    for item in metadata:
        for part in item.metadata if isinstance(item, FieldInfo) else (item,):
            if isinstance(part, Ge):
                limits["least"] = part.ge
            elif isinstance(part, Le):
                limits["most"] = part.le
            elif isinstance(part, MinLen):
                return ", not empty"
    if not limits:
        return ""
    return f", {limits['least']} to {limits['most']:,}"


if __name__ == "__main__":
    sys.stdout.write(reference())

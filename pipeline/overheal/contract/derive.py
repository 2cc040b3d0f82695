"""The fast decoder's types, derived from the one definition in `schema`."""

from __future__ import annotations

import types
from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
import msgspec
from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

UtcTime = Annotated[datetime, msgspec.Meta(tz=True)]


def struct_for(model: type[BaseModel], *extra: tuple[Any, ...]) -> Any:
    """Return a msgspec Struct type that accepts a subset of the documents that `model` accepts.

    `extra` adds fields as `(name, type)` or `(name, type, default)`. Names, defaults and
    constraints are the model's; unknown keys are refused even where the model keeps them, so that
    whatever is unusual goes to the model itself.
    """
    extra_required = [field for field in extra if len(field) == 2]
    extra_optional = [field for field in extra if len(field) == 3]
    required: list[tuple[Any, ...]] = []
    optional: list[tuple[Any, ...]] = []
    for name, field in model.model_fields.items():
        kind = _field_type(field)
        if field.is_required():
            required.append((name, kind))
        else:
            optional.append((name, kind, field.default))
    return msgspec.defstruct(
        model.__name__,
        [*required, *extra_required, *optional, *extra_optional],
        forbid_unknown_fields=True,
        omit_defaults=True,
        frozen=True,
        gc=False,
    )


_structs: dict[type[BaseModel], Any] = {}


def _field_type(field: FieldInfo) -> Any:
    return _constrained(_plain(field.annotation), field.metadata)


def _constrained(kind: Any, metadata: list[Any] | tuple[Any, ...]) -> Any:
    limits: dict[str, Any] = {}
    for item in metadata:
        if isinstance(item, annotated_types.Ge):
            limits["ge"] = item.ge
        elif isinstance(item, annotated_types.Le):
            limits["le"] = item.le
        elif isinstance(item, annotated_types.MinLen):
            limits["min_length"] = item.min_length
        elif isinstance(item, FieldInfo):
            return _constrained(kind, item.metadata)
    return Annotated[kind, msgspec.Meta(**limits)] if limits else kind


def _plain(annotation: Any) -> Any:  # noqa: PLR0911 - one return per kind of annotation
    if annotation is AwareDatetime or annotation is datetime:
        return UtcTime
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _constrained(_plain(args[0]), args[1:])
    if origin in (Union, types.UnionType):
        return Union[tuple(_plain(arg) for arg in args)]  # noqa: UP007 - built at run time
    if origin is Literal:
        return annotation
    if origin in (list, dict):
        return origin[tuple(_plain(arg) for arg in args)]
    if isinstance(annotation, type):
        if issubclass(annotation, BaseModel):
            if annotation not in _structs:
                _structs[annotation] = struct_for(annotation)
            return _structs[annotation]
        return annotation
    return Any

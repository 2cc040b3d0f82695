"""What the detectors are: all of them in a list, one of them in full, or a document."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import RenderableType

from overheal.detect import registry
from overheal.detect.settings import SettingsBook
from overheal.report.layout import (
    NARROWEST,
    PROSE,
    beside,
    column,
    heading,
    indented,
    labelled,
    printed,
)

_LIMIT = {"inclusive": "the limit itself counts", "exclusive": "the limit itself does not count"}


def described(names: Sequence[str], settings: SettingsBook) -> list[dict[str, Any]]:
    """Return detectors as documents: what each asks, its stages, sentences and settings.

    A setting's `value` is what holds where no service says otherwise, `default` what would without
    any configuration.
    """
    return [_document(name, settings) for name in names]


def render_list(documents: Sequence[dict[str, Any]], *, width: int, color: bool) -> str:
    """Return every detector with its question and settings, a few lines each."""
    width = max(width, NARROWEST)
    prose = min(width, PROSE)
    parts: list[RenderableType] = []
    for one in documents:
        values = ", ".join(
            f"{each['name']} = {_shown(each['value'])}" + ("" if _is_default(each) else " (yours)")
            for each in one["settings"]
        )
        parts += [
            column(f"{one['name']} ({' and '.join(one['stages'])})", prose, style="bold"),
            indented(column(one["question"], prose - 2), 2),
            indented(column(values, prose - 2, style="dim"), 2),
            "",
        ]
    parts.append(column("overheal detectors NAME tells all about one.", prose, style="dim"))
    return printed(parts, width=width, color=color)


def render_one(document: dict[str, Any], *, width: int, color: bool) -> str:
    """Return everything about one detector."""
    width = max(width, NARROWEST)
    return printed(_page(document, min(width, PROSE)), width=width, color=color)


def _page(document: dict[str, Any], width: int) -> Iterator[RenderableType]:
    yield column(document["name"], width, style="bold")
    for said in document["documentation"]:
        yield column(f"{said['question']} ({said['stage']} stage)", width)
        yield ""
        for name in ("opens", "escalates", "resolves", "identity", "blind_to"):
            yield labelled(name.replace("_to", "").capitalize(), said[name], width)
        yield ""
    yield heading("SETTINGS", width, "bold")
    for each in document["settings"]:
        value = f"{_shown(each['value'])} {each['unit']}"
        if not _is_default(each):
            value += f" (yours; the default is {_shown(each['default'])})"
        yield ""
        yield column(f"{each['name']} = {value}", width)
        most = "" if each["most"] is None else f"; at most {each['most']:,}"
        yield indented(column(f"{each['meaning']}; {_LIMIT[each['bound']]}{most}", width - 2), 2)
    yield ""
    yield beside(
        "",
        column(
            f"[detectors.{document['name']}] in the configuration sets them for "
            "all services, the catalog for one.",
            width,
        ),
        0,
    )


def _document(name: str, settings: SettingsBook) -> dict[str, Any]:
    kinds = registry.named(name)
    said = [
        {"stage": registry.stage(kind), **dataclasses.asdict(kind.documentation)} for kind in kinds
    ]
    listed: dict[str, dict[str, Any]] = {}
    for kind in kinds:
        present = settings.lookup(kind)("", "")
        for field in dataclasses.fields(kind.settings_type):
            listed[field.name] = {
                "name": field.name,
                "value": getattr(present, field.name),
                "default": field.default,
                **field.metadata,
            }
    return {
        "name": name,
        "question": " ".join(one["question"] for one in said),
        "stages": [one["stage"] for one in said],
        "documentation": said,
        "settings": list(listed.values()),
    }


def _is_default(setting: dict[str, Any]) -> bool:
    return bool(setting["value"] == setting["default"])


def _shown(value: float) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"

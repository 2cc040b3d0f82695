"""What all pages share: templates, filters, and putting pictures into them."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from overheal.report.charts.canvas import BAR, COLORS, Key
from overheal.report.headlines import headline
from overheal.report.pictures import Picture
from overheal.report.tables import service_name
from overheal.report.words import number, plural
from overheal.state.words import percent


def environment() -> Environment:
    """Return where templates are found, with the filters they use; everything is escaped."""
    found = Environment(
        loader=PackageLoader("overheal.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(
        number=number, plural=plural, headline=headline, hue=_hue, drawn=_drawn, percent=percent
    )
    found.globals.update(service_name=service_name)
    return found


def _hue(key: Key) -> str:
    """Return the style class for a legend entry's colour."""
    if key.color == BAR:
        return "hue-bar"
    return f"hue-{COLORS.index(key.color)}" if key.color in COLORS else "hue-muted"


def _drawn(picture: Picture) -> Markup:
    """Return a picture's markup; `pictures.embeddable` made it from shapes and escaped words."""
    return Markup(picture.svg)  # noqa: S704

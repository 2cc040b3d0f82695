"""Log lines: JSON for machines, plain lines for people; never a secret."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TextIO

from overheal.run.config.values import LogSettings
from overheal.secret import Secret

LOGGER = logging.getLogger("overheal")
COLORS = {"WARNING": "\x1b[33m", "ERROR": "\x1b[31m", "CRITICAL": "\x1b[31m"}
RESET = "\x1b[0m"
_OWN = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"})


def set_up(
    settings: LogSettings, secrets: Iterable[Secret] = (), stream: TextIO | None = None
) -> None:
    """Send what overheal logs to `stream`, standard error by default; replaces a former set-up.

    `auto` is for people on a terminal, else JSON. Every value of `secrets` becomes `***`. Fields
    given as `extra=` become keys of the JSON line.
    """
    out = stream or sys.stderr
    terminal = out.isatty()
    for_people = settings.format == "text" or (settings.format == "auto" and terminal)
    hide = _Hider(secrets)
    handler = logging.StreamHandler(out)
    handler.setFormatter(_People(hide, color=terminal) if for_people else _Json(hide))
    for former in list(LOGGER.handlers):
        LOGGER.removeHandler(former)
    LOGGER.addHandler(handler)
    LOGGER.setLevel(settings.level.upper())
    LOGGER.propagate = False


class _Hider:
    def __init__(self, secrets: Iterable[Secret]) -> None:
        texts = {secret.reveal() for secret in secrets if secret}
        # The longest first: one secret may be part of another. JSON escapes what it quotes.
        escaped = {json.dumps(text)[1:-1] for text in texts}
        self._texts = sorted(texts | escaped, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._texts:
            text = text.replace(secret, "***")
        return text


class _Json(logging.Formatter):
    def __init__(self, hide: _Hider) -> None:
        super().__init__()
        self._hide = hide

    def format(self, record: logging.LogRecord) -> str:
        """Return one line of JSON."""
        line = {
            "ts": _moment(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return self._hide(json.dumps(line, default=str, ensure_ascii=False))


class _People(logging.Formatter):
    def __init__(self, hide: _Hider, *, color: bool) -> None:
        super().__init__()
        self._hide = hide
        self._color = color

    def format(self, record: logging.LogRecord) -> str:
        """Return one line for people, and a traceback below it where there is one."""
        extra = "".join(f" {name}={value}" for name, value in _fields(record).items())
        level = f"{record.levelname.lower():<7}"
        if self._color and record.levelname in COLORS:
            level = f"{COLORS[record.levelname]}{level}{RESET}"
        message = " ".join(record.getMessage().splitlines())
        line = f"{_moment(record.created)} {level} {message}{extra}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return self._hide(line)


def _moment(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _OWN}

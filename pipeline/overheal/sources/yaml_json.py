"""One YAML document to JSON, event by event: no Python objects, no recursion, bounded aliases."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import yaml

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML without libyaml is ten times slower and reads the same
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

from overheal.sources.limits import MAX_DOCUMENT

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), "null"),
    **dict.fromkeys(("true", "True", "TRUE"), "true"),
    **dict.fromkeys(("false", "False", "FALSE"), "false"),
}
_CORE = "tag:yaml.org,2002:"
_TEXT_TAGS = ("!", _CORE + "str", _CORE + "timestamp", _CORE + "binary")
_PLAIN_TAGS = tuple(_CORE + name for name in ("null", "bool", "int", "float"))
_NODE_TAGS = (None, "!", _CORE + "map", _CORE + "seq")
_DEEPEST = 500  # libyaml takes time in proportion to the square of it
_encode = msgspec.json.Encoder().encode


class NotYaml(Exception):  # noqa: N818 - becomes a dead letter
    """A document is refused; `line` counts from 0 inside it."""

    def __init__(self, code: str, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.line = line


def to_json(text: bytes) -> bytes:
    """Return the one document in `text` as JSON; b"" if there is none.

    Scalars are read as JSON understands them: null, true and false, decimal numbers (their digits
    untouched); everything else is a string, times and `yes` too. Raises `NotYaml` for what is no
    YAML, has tags of its own, or expands by aliases beyond `MAX_DOCUMENT`.
    """
    parts = _Parts()
    try:
        for event in yaml.parse(text.decode(), Loader=_Loader):
            parts.take(event)
    except UnicodeDecodeError as error:
        raise NotYaml("invalid_utf8", "is not valid UTF-8; write the file as UTF-8") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
        reason = f"is not YAML: {problem}; correct it, or export it as JSON"
        raise NotYaml("not_yaml", reason, mark.line if mark else 0) from error
    return "".join(parts.out).encode("utf-8", "surrogatepass")


class _Parts:
    """JSON in the making: pieces of text, and what is open around the next one."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self._size = 0
        self._open: list[tuple[str, str | None, int]] = []  # closing bracket, anchor, first piece
        self._values: list[int] = []  # how many nodes each open collection has so far
        self._anchors: dict[str, str] = {}

    def take(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._before(event)
            text = self._scalar(event)
            if event.anchor:
                self._remember(event.anchor, text)
            self._put(text)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._collection(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            bracket, anchor, first = self._open.pop()
            self._values.pop()
            self._put(bracket)
            if anchor:
                self._remember(anchor, "".join(self.out[first:]))
        elif isinstance(event, yaml.AliasEvent):
            self._before(event)
            if event.anchor not in self._anchors:
                raise _refused(event, f"`*{event.anchor}` stands for nothing before it")
            text = self._anchors[event.anchor]
            if self._in_key() and not text.startswith('"'):
                raise _refused(event, "a key may not be a collection")
            self._put(text)

    def _collection(self, event: Any) -> None:
        if event.tag not in _NODE_TAGS:
            raise _refused(event, f"the tag {event.tag!r} is not plain data")
        self._before(event)
        if self._in_key():
            raise _refused(event, "a key may not be a collection")
        if len(self._open) >= _DEEPEST:
            raise _refused(event, f"collections nest deeper than {_DEEPEST}")
        mapping = isinstance(event, yaml.MappingStartEvent)
        self._open.append(("}" if mapping else "]", event.anchor, len(self.out)))
        self._values.append(0)
        self._put("{" if mapping else "[")

    def _before(self, event: Any) -> None:
        """Put what separates the next node from the one before it."""
        if not self._open:
            if self.out:
                raise _refused(event, "a second document begins without `---`")
            return
        count = self._values[-1]
        self._values[-1] += 1
        if self._open[-1][0] == "}" and count % 2:
            self._put(":")
        elif count:
            self._put(",")

    def _in_key(self) -> bool:
        return bool(self._open) and self._open[-1][0] == "}" and self._values[-1] % 2 == 1

    def _scalar(self, event: Any) -> str:
        value: str = event.value
        tag = event.tag
        if tag is not None and tag not in _TEXT_TAGS and tag not in _PLAIN_TAGS:
            raise _refused(event, f"the tag {tag!r} is not plain data")
        plain = tag in _PLAIN_TAGS or (tag is None and event.implicit[0])
        if plain and not self._in_key():
            if (word := _WORDS.get(value)) is not None:
                return word
            if _NUMBER.match(value):
                return value
        return _encode(value).decode()

    def _put(self, text: str) -> None:
        self.out.append(text)
        self._size += len(text)
        self._check()

    def _remember(self, anchor: str, text: str) -> None:
        self._anchors[anchor] = text
        self._size += len(text)
        self._check()

    def _check(self) -> None:
        if self._size > MAX_DOCUMENT:
            reason = (
                f"expands to more than {MAX_DOCUMENT // 1024**2} MiB by its aliases; "
                "write it without aliases, or as JSON"
            )
            raise NotYaml("yaml_aliases", reason)


def _refused(event: Any, problem: str) -> NotYaml:
    reason = f"is not plain YAML: {problem}; correct it, or export it as JSON"
    return NotYaml("not_yaml", reason, event.start_mark.line)

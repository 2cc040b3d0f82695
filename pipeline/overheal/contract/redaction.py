"""Secrets are cut out before anything is stored, dead-lettered or shown.

Order of use: `suspects` looks at a whole batch at once; the few lines it names go through
`clean_document` before they are decoded; a line that is refused is kept as `clean_bytes` of it,
suspect or not. What counts as a secret is in `secrets`, and in docs/redaction.md for readers.

Everything here is pure, and cleaning twice is cleaning once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from overheal.contract.cutting import cut, unescaped
from overheal.contract.exact import parse
from overheal.contract.secrets import (
    HARMLESS,
    SEPARATOR,
    WORD_CORES,
    WORDS,
    Rule,
    broken_rules,
    context_rules,
    field_pattern,
    vendor_rules,
)
from overheal.errors import RecordError

IDENTITY_KEYS = frozenset(
    {
        *("id", "source", "type", "subject", "time", "dataschema", "action_id", "service", "scope"),
        *("environment", "name", "instance", "namespace", "cluster", "region", "uid", "drill"),
        *("caused_by", "witness_of", "correlation_id", "correlationid", "partitionkey"),
    }
)
"""Keys whose text identifies something; there `secret:x` is part of an id, not a secret."""

_NAMING = ("name", "key", "field", "signal", "header")
_NAMED = ("value", "val", "old", "new", "from", "to", "default", "threshold")
_LITERAL_START = re.compile(r"(?:\\b)?([A-Za-z0-9_-]{3,})(?![?*{])")
_CUT = re.compile(r"\[redacted:[a-z-]+\]")
_ANYTHING = ""
_KEYS_REMEMBERED = 10_000
_LOOSE = re.ASCII | re.IGNORECASE

_encode = msgspec.json.Encoder().encode


class Redactor:
    """Cuts secrets out of documents, bytes and text.

    `extra_fields` are further names of fields that hold secrets, as a whole name or its end;
    `extra_patterns` are regular expressions for further secrets in text; `allow_fields` names
    fields that hold none, whatever they are called. Raises `ValueError` for a pattern that is not
    a regular expression or matches the empty text.
    """

    def __init__(
        self,
        extra_fields: Iterable[str] = (),
        extra_patterns: Iterable[str] = (),
        allow_fields: Iterable[str] = (),
    ) -> None:
        own = [_parts(field) for field in extra_fields]
        words = (*WORDS, *(SEPARATOR.join(map(re.escape, parts)) for parts in own))
        cores = (*WORD_CORES, *(parts[0].lower() for parts in own))
        allowed = [SEPARATOR.join(map(re.escape, _parts(field))) for field in allow_fields]
        self._keys: dict[str, tuple[bool, str]] = {}
        self._secret_field = field_pattern(words)
        self._harmless = re.compile(rf"(?:{'|'.join([HARMLESS, *allowed])})\Z", _LOOSE)
        extra = [_extra_rule(pattern) for pattern in extra_patterns]
        shared = [*vendor_rules(), *extra]
        self._id_rules = [*shared, *context_rules(words, cores, compact=False)]
        self._text_rules = [*shared, *context_rules(words, cores, compact=True)]
        self._byte_rules = [*self._text_rules, *broken_rules(words, cores)]
        self._cores = sorted({core for rule in self._text_rules for core in rule.cores})
        hints = [r"\\u00[0-7]", r"\\/", *words, *(rule.hint for rule in self._text_rules)]
        if not "".join(words).isascii():
            hints.append(r"\\u")
        everything = any(rule.hint == _ANYTHING for rule in extra)
        self._hint = _ANYTHING if everything else "|".join(f"(?:{h})" for h in dict.fromkeys(hints))

    def suspects(self, raws: Sequence[bytes]) -> list[bool]:
        """Return for each document whether it must go through `clean_document`.

        Never false for a document that `clean_document` would change; now and then true for one
        that it would not.
        """
        if not self._hint:
            return [True] * len(raws)
        column = pa.array(raws, type=pa.large_binary())
        found = pc.match_substring_regex(column, pattern=self._hint, ignore_case=True)
        return found.to_pylist()  # type: ignore[no-any-return]

    def clean_document(self, raw: bytes) -> bytes:
        """Return a JSON document without its secrets, in compact JSON.

        What is not exact JSON goes through `clean_bytes`, so that it is refused afterwards for the
        reason it would have been refused before.
        """
        try:
            value = parse(raw)
        except RecordError:
            return self.clean_bytes(raw)
        return _encode(self._clean(value, ""))

    def clean_bytes(self, raw: bytes) -> bytes:
        """Return bytes that nothing could parse without the secrets that show in them.

        Bytes in which a secret shows only without NULs (UTF-16) or escapes are returned without
        those.
        """
        text = raw.decode("latin-1")
        cleaned = cut(self._byte_rules, text, self._harmless)
        for simpler in (cleaned.replace("\0", ""), unescaped(cleaned.replace("\0", ""))):
            again = cut(self._byte_rules, simpler, self._harmless)
            if again != simpler:
                cleaned = again
        return cleaned.encode("latin-1")

    def clean_text(self, text: str) -> str:
        """Return text without its secrets."""
        return self._clean_text(text, self._text_rules)

    def is_secret_field(self, name: str) -> bool:
        """Return whether a field of this name holds a secret."""
        return bool(self._secret_field.search(name)) and not self._harmless.search(name)

    def _clean_text(self, text: str, rules: list[Rule]) -> str:
        if "\\" in text:
            text = cut(rules, text, self._harmless)
            simpler = unescaped(text)
            again = cut(rules, simpler, self._harmless)
            return text if again == simpler else again
        lowered = text.lower()
        for core in self._cores:
            if core in lowered:
                return cut(rules, text, self._harmless)
        return text

    def _clean(self, value: Any, key: str) -> Any:
        if isinstance(value, str):
            rules = self._id_rules if key in IDENTITY_KEYS else self._text_rules
            return self._clean_text(value, rules)
        if isinstance(value, dict):
            return self._clean_object(value)
        if isinstance(value, list):
            return self._clean_list(value, key)
        return value

    def _clean_object(self, fields: dict[str, Any]) -> dict[str, Any]:
        names_secret = any(
            isinstance(name := fields.get(key), str) and self.is_secret_field(name)
            for key in _NAMING
        )
        cleaned: dict[str, Any] = {}
        for key, value in fields.items():
            secret, new_key = self._keys.get(key) or self._judge(key)
            if secret and _counts_tokens(key, value):
                secret = False
            while new_key != key and new_key in fields | cleaned:
                new_key += "+"
            if secret or (names_secret and key in _NAMED):
                cleaned[new_key] = _blank(value)
            else:
                cleaned[new_key] = self._clean(value, key)
        return cleaned

    def _judge(self, key: str) -> tuple[bool, str]:
        judged = self.is_secret_field(key), self._clean_text(key, self._id_rules)
        if len(self._keys) < _KEYS_REMEMBERED and len(key) < 100:
            self._keys[key] = judged
        return judged

    def _clean_list(self, items: list[Any], key: str) -> list[Any]:
        cleaned: list[Any] = []
        before: Any = None
        for position, item in enumerate(items):
            named = isinstance(before, str) and (
                (before.startswith("-") or (position == 1 and len(items) == 2))
                and isinstance(item, str)
                and self.is_secret_field(before)
            )
            cleaned.append(_blank(item) if named else self._clean(item, key))
            before = item
        return cleaned


def _blank(value: Any) -> Any:
    """Return what stands in place of a secret field's value; nothing and yes or no stay."""
    if value is None or isinstance(value, bool) or value in ("", [], {}):
        return value
    if isinstance(value, str) and _CUT.fullmatch(value):
        return value
    return "[redacted:field]"


def _counts_tokens(key: str, value: Any) -> bool:
    """Whether this is a number of tokens, as language models count them."""
    return isinstance(value, int | float) and key.lower().endswith("tokens")


def _parts(field: str) -> list[str]:
    """Return the words of a field's name, whichever way they are joined.

    >>> _parts("vaultAPIKey"), _parts("vault-api.key")
    (['vault', 'API', 'Key'], ['vault', 'api', 'key'])
    """
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[^A-Z_\-. ]+", field)
    if not words:
        raise ValueError(f"the field name {field!r} holds no word")
    return words


def _extra_rule(pattern: str) -> Rule:
    try:
        compiled = re.compile(rf"(?P<secret>{pattern})")
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from None
    if compiled.match(""):
        raise ValueError(f"{pattern!r} matches the empty text")
    start = _LITERAL_START.match(pattern)
    hint = re.escape(start[1]) if start and "|" not in pattern else _ANYTHING
    return Rule("custom", ("",), hint, compiled)

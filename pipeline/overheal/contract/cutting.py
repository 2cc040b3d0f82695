"""Cutting secrets out of one text, by the rules of `secrets`."""

from __future__ import annotations

import re

from overheal.contract.secrets import Rule, secret_span

_ESCAPED = re.compile(r"(?<!\\)\\+u00([0-7][0-9a-fA-F])")
_ROUNDS = 4


def cut(rules: list[Rule], text: str, harmless: re.Pattern[str]) -> str:
    """Return text without what the rules match, unless a field of that name is harmless.

    Cuts until nothing is left to cut: what one rule leaves may be another's.
    """
    for _ in range(_ROUNDS):
        cleaned = _cut_once(rules, text, harmless)
        if cleaned == text:
            break
        text = cleaned
    return text


def _cut_once(rules: list[Rule], text: str, harmless: re.Pattern[str]) -> str:
    lowered = text.lower()
    for rule in rules:
        if not any(core in lowered for core in rule.cores):
            continue
        pieces: list[str] = []
        done = 0
        for match in rule.pattern.finditer(text):
            start, end = secret_span(match)
            if start == end or not rule.accepts(match) or _is_harmless(match, harmless):
                continue
            pieces += (text[done:start], f"[redacted:{rule.name}]")
            done = end
        if pieces:
            text = "".join((*pieces, text[done:]))
    return text


def _is_harmless(match: re.Match[str], harmless: re.Pattern[str]) -> bool:
    name = match.groupdict().get("name")
    if name is None:
        return False
    end = match.end("name")
    return harmless.search(match.string[max(0, end - 64) : end]) is not None


def unescaped(text: str) -> str:
    r"""Return text in which ASCII characters no longer hide behind ``\u0041`` or ``\/``."""
    plain = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return plain.replace("\\/", "/")

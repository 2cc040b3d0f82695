r"""What a secret looks like: the names of fields that hold one, and the shapes of secrets in text.

Each rule has a `hint`, a cheaper expression that matches wherever the rule does, written for RE2
and for raw JSON: a secret may stand there behind an escape, so a hint never looks at what stands
before a word, and lets ``\t`` stand for a tab. Text is compared as ASCII, letter case ignored where
a rule says so.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import NamedTuple

SEPARATOR = r"[_\-. ]{0,3}"
WORDS = (
    rf"pass(?:word|wd){SEPARATOR}hash",
    r"pass(?:word|wd|phrase|code)",
    r"pwd",
    r"secret",
    r"token",
    rf"(?:api|access|account|auth|encryption|master|private|shared|signing|ssh|storage){SEPARATOR}key",
    r"authorization",
    r"cookie",
    r"credential",
    rf"conn(?:ection)?{SEPARATOR}str(?:ing)?",
    r"dsn",
    r"data_base64",
)
"""Names of fields that hold a secret: the whole name or its end, so `db_password` is one too."""

WORD_CORES = (
    *("pass", "pwd", "secret", "token", "key", "authorization", "cookie", "credential"),
    *("conn", "dsn", "data_base64"),
)
"""Every match of `WORDS`, in lower case, holds one of these."""

_ENDING = rf"s?(?:{SEPARATOR}(?:value|text|plaintext|plain|raw|b64|base64))?{SEPARATOR}[0-9]{{0,3}}"
HARMLESS = (
    rf"(?:next|page|continue|continuation|cancell?ation|dedup|deduplication|idempotency|request"
    rf"|client|sync|resume|watch){SEPARATOR}tokens?|binary{SEPARATOR}authorization"
)
"""Names that end like a secret's, and hold none."""

HARMLESS_VALUES = re.compile(
    r"(?:null|none|nil|true|false|undefined|empty|missing|expired|invalid|required|denied|rejected"
    r"|failed|unknown|revoked|unset|rotated|rotation|not|no|is|should|was|has|and|or|the|for|of|from|in|on"
    r"|n/a|ok|\*+|\[redacted:[a-z-]+\])[.,:!]?",
    re.ASCII | re.IGNORECASE,
)
"""Words that follow `token:` in messages and are no token."""


class Rule(NamedTuple):
    """A shape of secrets in text; its groups `secret` or `quoted` are what is cut out.

    The rule matches only text that, in lower case, holds one of `cores`.
    """

    name: str
    cores: tuple[str, ...]
    hint: str
    pattern: re.Pattern[str]
    accepts: Callable[[re.Match[str]], bool] = lambda _: True


def field_pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return what a field's name must end with to hold a secret."""
    return re.compile(rf"(?:{'|'.join(words)}){_ENDING}\Z", re.ASCII | re.IGNORECASE)


def vendor_rules() -> list[Rule]:
    """Return the rules for secrets that show by themselves, in whatever text they stand."""
    return [
        _exact(
            "private-key",
            "private",
            r"private key",
            r"(?P<secret>-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?"
            r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z))",
        ),
        _token("jwt", "eyj", r"eyJ[\w-]{8,3000}+(?:\.[\w-]*){1,4}", r"eyj[a-z0-9_-]{8}"),
        _exact(
            "aws-key-id",
            "akia asia abia acca",
            r"(?:akia|asia|abia|acca)[a-z0-9]{16}",
            r"(?P<secret>(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16})",
        ),
        _loose(
            "aws-secret-key",
            "aws secret akia asia",
            r"(?s:aws.*[a-z0-9/+]{40})|(?:akia|asia)[a-z0-9]{16}|secret",
            r"(?:aws|secret|(?:akia|asia)[a-z0-9]{16})[^\n]{0,60}?"
            r"(?<![a-z0-9/+])(?![0-9a-f]{40})(?=[a-z/+]*[0-9])(?P<secret>[a-z0-9/+]{40})(?![a-z0-9/+=])",
        ),
        _token(
            "github",
            "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
            r"gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}",
        ),
        _token(
            "gitlab",
            "glpat- gldt- glrt- glcbt- glptt- glft- glsoat- glagent- glimt-",
            r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt)-[\w-]{16,}",
        ),
        _token("slack", "xoxa- xoxb- xoxe- xoxo- xoxp- xoxr- xoxs-", r"xox[a-z]-[\w-]{8,}"),
        _token("slack", "xapp-", r"xapp-[0-9]-[\w-]{10,}"),
        _loose(
            "slack",
            "hooks.slack.com",
            r"hooks\.slack\.com",
            r"hooks\.slack\.com/[a-z]+/(?P<secret>[\w/-]+)",
        ),
        _token("stripe", "k_live_ k_test_", r"[srp]k_(?:live|test)_[A-Za-z0-9]{8,}"),
        _token("stripe", "whsec_", r"whsec_[\w+/=-]{16,}"),
        _token("google", "aiza", r"AIza[\w-]{30,}", r"aiza[a-z0-9_-]{30}"),
        _token("google", "ya29. gocspx-", r"ya29\.[\w-]{16,}|GOCSPX-[\w-]{16,}"),
        _token(
            "vendor-token", "sk-ant- sk-proj- sk-svcacct-", r"sk-(?:ant|proj|svcacct)-[\w-]{16,}"
        ),
        _token("vendor-token", "sk-", r"sk-[A-Za-z0-9]{32,}", r"sk-[a-z0-9]{32}"),
        _token(
            "vendor-token",
            "npm_ hf_ sg. hvs. hvb. hvr. pypi-age do",
            r"npm_[A-Za-z0-9]{30,}|hf_[A-Za-z0-9]{20,}|SG\.[\w-]{16,}\.[\w-]{16,}|hv[sbr]\.[\w-]{20,}"
            r"|pypi-AgE[\w-]{16,}|do[opr]_v1_[a-f0-9]{32,}",
            r"npm_[a-z0-9]{30}|hf_[a-z0-9]{20}|sg\.[a-z0-9_-]{16}|hv[sbr]\.[a-z0-9_-]{20}"
            r"|pypi-age|do[opr]_v1_",
        ),
        _loose(
            "url",
            "://",
            r"://[^\s\"]*:[^\s\"]*@",
            r"://[^\s/?#@:\"'<>]*:(?![0-9]{1,5}(?:[/?#]|\Z))(?:"
            r"(?P<secret>[^\s/\"'<>]+)@|(?!/)(?P<quoted>[^\s\"'<>@]{1,256})@)",
        ),
        _loose(
            "url",
            "sig= signature= x-amz-",
            r"[?&](?:sig|signature|x-amz-signature|x-amz-credential)=",
            r"[?&](?:sig|signature|x-amz-signature|x-amz-credential)=(?P<secret>[^\s&\"'<>]+)",
        ),
        _loose(
            "bearer",
            "bearer",
            r"bearer",
            r"bearer[ \t]++(?!(?:tokens?|auth|authentication|authorization|realm|scheme)\b)"
            r"(?P<secret>[\w.~+/=:-]{6,})",
        ),
        _loose(
            "basic",
            "basic",
            r"basic",
            r"basic[ \t]+(?P<secret>[\w+/-]{4,}={0,2})",
            _names_a_password,
        ),
    ]


def context_rules(words: tuple[str, ...], cores: tuple[str, ...], *, compact: bool) -> list[Rule]:
    """Return the rules for secrets that show by the word before them.

    With `compact`, `token:x` without a space is one as well; in ids it is only a part of the id.
    """
    hint, core = "|".join(words), " ".join(cores)
    name = rf"(?P<name>(?:{hint}){_ENDING})"
    quote = r"(?:\\*[\"'])?"
    sign = r"(?>=>|:=|={1,2}|:)[ \t]*+" if compact else r"(?>=>|:=|={1,2}|:(?=[ \t]))[ \t]*+"
    return [
        _loose(
            "header",
            "authorization cookie",
            r"authorization|cookie",
            rf"{_START}(?:authorization|cookie)[ \t]*+:[ \t]++(?!{_DONE}(?:[\r\n\"'\\]|\Z))"
            r"(?P<secret>[^\r\n\"'\\](?:[^\r\n\"'\\]|(?<==)\\*[\"'][^\"'\r\n]*[\"'])*)",
            _is_header,
        ),
        _loose("assignment", core, hint, rf"{name}{quote}[ \t]*+{sign}{_VALUE}", _is_value),
        _loose("flag", core, hint, rf"(?<![\w.-])--?[\w.-]*?{name}[ \t]++(?!-){_VALUE}", _is_value),
        _loose(
            "pair",
            core,
            hint,
            rf"{name}\\*[\"'][ \t]*,[ \t]*\\*[\"'](?:value|val|old|new|from|to|default)"
            rf"\\*[\"'][ \t]*:[ \t]*+{_VALUE}",
            _is_value,
        ),
        _loose("element", core, hint, rf"<(?:\w{{1,20}}:)?{name}>(?P<secret>[^<]+)<", _is_value),
        _loose(
            "sql", "identified", r"identified", rf"identified[ \t]+by[ \t]++{_VALUE}", _is_value
        ),
        _loose(
            "flag",
            "-u",
            r"-u(?:ser)?(?:[ =\t]|\\t)",
            r"(?<![\w-])(?:-u|--user|--proxy-user)[ \t=]+\\*[\"']?[^\s:\"']+:(?![0-9]+\b)"
            r"(?P<secret>[^\s\"'\\]+)",
            _is_value,
        ),
        _loose(
            "flag",
            "mysql",
            r"mysql",
            r"mysql\w*\b[^\n|;&]{0,200}?[ \t]-p(?P<secret>[^\s\"']+)",
            _is_value,
        ),
    ]


def broken_rules(words: tuple[str, ...], cores: tuple[str, ...]) -> list[Rule]:
    """Return further rules for bytes that cannot be parsed, where JSON shows as text only."""
    core, name = " ".join(cores), rf"(?P<name>(?:{'|'.join(words)}){_ENDING})"
    return [
        _loose("pair", core, "", rf"{name}\\*[\"']\s*[,:]\s*+{_VALUE}", _is_value),
        _loose(
            "pair",
            core,
            "",
            rf"\b(?:value|val|old|new)\\*[\"']\s*:\s*\\*[\"'](?P<secret>(?:[^\"\\]|\\.)*)\\*[\"']\s*,"
            rf"\s*\\*[\"'](?:name|key|field|signal)\\*[\"']\s*:\s*\\*[\"'][\w.-]*?{name}\\*[\"']",
        ),
    ]


_START = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrtbf]))"
_DONE = r"\[redacted:[a-z-]+\]"
_STOP = r"[&;\"'`<>]|,(?:\s|\Z|[A-Za-z_][\w.-]*[=:])|[)\]}]{1,3}(?:[\s,;.]|\Z)"
_VALUE = (
    rf"(?!{_DONE}(?:\s|\Z|{_STOP}))(?:"
    r"(?P<esc>\\*)(?P<mark>[\"'`])(?P<quoted>(?:(?!(?<!\\)(?P=esc)(?P=mark))[\s\S])+)"
    rf"|(?P<secret>(?:\{{|\[(?!redacted:))[\s\S]*|(?:(?!{_STOP})\S)+))"
)


def _exact(name: str, cores: str, hint: str, pattern: str) -> Rule:
    return Rule(name, tuple(cores.split()), hint, re.compile(pattern, re.ASCII))


def _token(name: str, cores: str, pattern: str, hint: str = "") -> Rule:
    hint = hint or "|".join(re.escape(core) for core in tuple(cores.split()))
    return _exact(name, cores, hint, rf"{_START}(?P<secret>{pattern})")


def _loose(
    name: str,
    cores: str,
    hint: str,
    pattern: str,
    accepts: Callable[[re.Match[str]], bool] = lambda _: True,
) -> Rule:
    return Rule(
        name, tuple(cores.split()), hint, re.compile(pattern, re.ASCII | re.IGNORECASE), accepts
    )


def secret_span(match: re.Match[str]) -> tuple[int, int]:
    """Return where in the text the secret itself stands."""
    group = "quoted" if match.groupdict().get("quoted") is not None else "secret"
    return match.span(group)


def _is_value(match: re.Match[str]) -> bool:
    start, end = secret_span(match)
    return HARMLESS_VALUES.fullmatch(match.string, start, end) is None


def _is_header(match: re.Match[str]) -> bool:
    return HARMLESS_VALUES.fullmatch(match["secret"].split()[0]) is None


def _names_a_password(match: re.Match[str]) -> bool:
    text = match["secret"].rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return b":" in base64.b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return False

"""Secrets are cut out, whatever they hide in; ordinary words stay."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from overheal.contract.exact import parse
from overheal.contract.redaction import Redactor
from overheal.errors import RecordError
from tests.unit.contract.documents import TEXT, documents, render, spoiled

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA7canary\n-----END RSA PRIVATE KEY-----"
SLACK = "xo" + "xb-2148" + "1234567-canaryCanary"
STRIPE = "sk_" + "live_canary" + "51Hcanary"
SECRETS = {
    "jwt": (JWT, "dozjgNryP4J3jVmNHl0w5N"),
    "private-key": (PEM, "7canary"),
    "aws-key-id": ("AKIAIOSFODNN7CANARYX", "IOSFODNN7"),
    "aws-secret-key": ("aws secret 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", "K7MDENG"),
    "github": ("ghp_canary0123456789canary0123456789abcd", "canary0123"),
    "gitlab": ("glpat-canary0123456789-abcd", "canary0123"),
    "slack": (SLACK, "canaryCanary"),
    "stripe": (STRIPE, "51Hcanary"),
    "google": ("AIzaSyCanary0123456789canary0123456789a", "Canary0123"),
    "vendor-token": ("sk-ant-canary0123456789canary", "canary0123"),
    "url": ("postgres://app:canary%21pw@db.internal:5432/orders", "canary%21pw"),
    "bearer": ("got Bearer canary-0123456789", "canary-0123"),
    "basic": ("Basic YXBwOmNhbmFyeQ==", "YXBwOmNhbmFyeQ"),
    "assignment": ("login failed, password=canary!pw1 for app", "canary!pw1"),
    "flag": ("ran mysqldump --password canary!pw1 shop", "canary!pw1"),
    "header": ("curl -H 'Authorization: canary pw1'", "canary pw1"),
}
IN_TEXT = {
    "colon": "token: canary!pw1",
    "compact colon": "token:canary!pw1",
    "quoted": 'password="canary!pw1"',
    "quoted with spaces": "db_password='x canary!pw1 y'",
    "JSON in text": '{"user":"app","password":"a\\"canary!pw1"}',
    "JSON in JSON in text": r"{\"password\":\"a\\\"canary!pw1\"}",
    "number": '"api_key": 9canary!pw1',
    "camel case": "clientSecret = canary!pw1",
    "environment": "export DB_PASSWORD=canary!pw1; run",
    "flag with equals": "--db-password=canary!pw1",
    "flag quoted": '--token "canary!pw1"',
    "curl user": "curl -u app:canary!pw1 https://example.com",
    "mysql": "mysql -h db -u root -pcanary!pw1 shop",
    "sql": "ALTER USER app IDENTIFIED BY 'canary!pw1'",
    "xml": "<password>canary!pw1</password>",
    "cookie": 'Cookie: a=1; sid="canary!pw1"; b=2',
    "connection string": "Server=db;User Id=app;Password=canary!pw1;",
    "connection string field": 'ConnectionString="Server=db;Pwd=canary!pw1;"',
    "query": "https://example.com/a?x=1&access_token=canary!pw1&y=2",
    "signed query": "https://example.com/a?sig=canary!pw1",
    "user without name": "redis://:canary!pw1@cache:6379/0",
    "at sign in a password": "amqp://app:p@canary!pw1@mq/vhost",
    "slash in a password": "amqp://app:p/canary!pw1@mq/vhost",
    "name and value": '[{"name": "DB_PASSWORD", "value": "canary!pw1"}]',
    "escaped": r"\u0070assword=canary!pw1",
    "unfinished quote": 'password="canary!pw1',
    "object": 'credentials: {user: app, pw: "canary!pw1"}',
}
FIELDS = [
    *("password", "passwd", "secret", "token", "api_key", "apikey", "access_key"),
    *(
        "private_key",
        "authorization",
        "cookie",
        "credential",
        "credentials",
        "client_secret",
        "connection_string",
    ),
    *(
        "db_password",
        "DB-PASSWORD",
        "dbPassword",
        "APIKey",
        "X-Api-Key",
        "aws_secret_access_key",
        "session.token",
    ),
    *("password2", "token_value", "Set-Cookie", "auth-token", "passphrase", "PGPASSWORD", "sshKey"),
]
HARMLESS_FIELDS = [
    *(
        "token_count",
        "tokens_used",
        "secret_name",
        "credential_rotation",
        "tokenizer",
        "password_policy",
        "next_page_token",
    ),
    *("keyspace", "secretariat", "cookies_enabled", "partition_key", "key", "monkey", "token_type"),
]
ORDINARY = [
    "token-service",
    "credential_rotation",
    "secret-store-7d9f8b6c5-x2x4z",
    "password rotation finished",
    "token: expired",
    "rotate the token of checkout",
    "basic connectivity check failed",
    "Bearer token expired",
    "arn:aws:iam::123456789012:role/ops",
    "https://example.com:8443/@scope/package",
    "http://web.shop.svc:8080/healthz?probe=a@b",
    "ssh://git@example.com/repo.git",
    "docker run -u 1000:1000 web",
    "Pulled image shop/web@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "secret sync at 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
    "task-0f6d2c6e-7c1b-4f8a-9a51-1d2c3b4a5e6f",
    "sk-prod-cluster-eu-central-1",
    "eyJ is how a JWT begins",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource.html",
    "binaryAuthorization: enabled for the cluster",
    "credential rotation by vault: 3 leases",
]

redactor = Redactor()


def cleaned(document: object) -> str:
    return redactor.clean_document(json.dumps(document).encode()).decode()


@pytest.mark.parametrize("rule", SECRETS)
def test_a_secret_in_text_is_cut_out_and_the_rule_named(rule):
    text, canary = SECRETS[rule]
    assert canary not in redactor.clean_text(f"before {text} after")
    assert f"[redacted:{rule}]" in redactor.clean_text(text)
    assert redactor.suspects([json.dumps({"a": text}).encode()]) == [True]


@pytest.mark.parametrize("text", IN_TEXT.values(), ids=IN_TEXT)
def test_a_secret_shows_by_the_words_around_it(text):
    assert "canary" not in redactor.clean_text(text)
    assert "canary" not in cleaned({"condition": text})
    assert "canary" not in redactor.clean_bytes(f'{{"condition":"{text}'.encode()).decode()
    assert redactor.suspects([json.dumps({"condition": text}).encode()]) == [True]


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("value", ["canary", {"a": ["canary"]}, ["canary", 5], 31337])
def test_the_value_of_a_secret_field_is_cut_out_whole(name, value):
    assert cleaned({name: value}) == json.dumps({name: "[redacted:field]"}, separators=(",", ":"))
    assert redactor.suspects([json.dumps({name: value}).encode()]) == [True]


@pytest.mark.parametrize("name", HARMLESS_FIELDS)
def test_a_field_that_only_sounds_secret_is_kept(name):
    for value in ("ordinary", 1532, True):
        assert json.loads(cleaned({name: value})) == {name: value}


@pytest.mark.parametrize("value", [None, True, False, "", [], {}])
def test_nothing_and_yes_or_no_are_kept_in_a_secret_field(value):
    assert json.loads(cleaned({"password": value})) == {"password": value}


def test_a_number_of_tokens_is_kept_and_a_numeric_token_is_not():
    assert json.loads(cleaned({"tokens": 1532, "token": 1532})) == {
        "tokens": 1532,
        "token": "[redacted:field]",
    }


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_words_are_kept(text):
    assert redactor.clean_text(text) == text
    assert json.loads(cleaned({"service": text, "trigger": {"condition": text}})) == {
        "service": text,
        "trigger": {"condition": text},
    }


def test_an_id_that_holds_the_word_secret_is_kept():
    document = {"id": "rotate-secret:db:7", "action_id": "token:17", "caused_by": ["password:1"]}
    assert json.loads(cleaned(document)) == document


def test_a_name_beside_a_value_makes_the_value_secret():
    pairs = [{"name": "DB_PASSWORD", "value": "canary"}, {"value": "canary", "key": "apiKey"}]
    assert "canary" not in cleaned({"ext": {"env": pairs}})
    assert "canary" not in cleaned({"data": {"signal": "api_token", "value": "canary"}})


def test_a_list_of_arguments_or_a_header_pair_makes_the_next_word_secret():
    assert "canary" not in cleaned({"args": ["mysql", "--password", "canary", "shop"]})
    assert "canary" not in cleaned({"headers": [["Authorization", "canary"], ["A", "b"]]})


def test_a_key_that_is_a_secret_is_cut_out_and_no_value_is_lost():
    first, second = "ghp_" + "canary01" * 4, "ghp_" + "canary23" * 4
    result = json.loads(cleaned({"ext": {first: 1, second: 2}}))["ext"]
    assert sorted(result.values()) == [1, 2]
    assert "canary" not in json.dumps(result)


def test_escapes_do_not_hide_a_secret():
    for raw in (
        rb'{"pass\u0077ord":"canary"}',
        rb'{"a":"gh\u0070_canary0123456789canary0123456789"}',
        rb'{"a":"postgres:\/\/app:canary@db"}',
        rb'{"a":"{\"pass\\u0077ord\":\"canary\"}"}',
        rb'{"a":"\tghp_canary0123456789canary0123456789"}',
        rb'{"a":"x\nsk-ant-canary0123456789canary"}',
        rb'{"a":"Basic\u0020OmNhbmFyeQ==","b":"\u0042earer canary-0123"}',
    ):
        assert redactor.suspects([raw]) == [True], raw
        result = redactor.clean_document(raw)
        assert b"canary" not in result and b"OmNhbmFyeQ" not in result, raw
        assert b"canary" not in redactor.clean_bytes(raw[:-1]), raw


@pytest.mark.parametrize(
    "raw",
    [
        b'{"service":"\xff","password":"canary"}',
        b'{"password": "canary',
        b'{"password" :\t{"a": ["canary',
        b'{"password":31337canary}',
        rb'{"pass\u0077ord":"canary"',
        rb'{"m":"{\"password\":\"canary\"}"',
        b"\xff\xfe" + '{"password":"canary"}'.encode("utf-16-le"),
        '{"password":"canary"}'.encode("utf-16-be"),
        b'{"name":"DB_PASSWORD","value":"canary"',
        b'{"value":"canary","name":"DB_PASSWORD"',
        b'["--password","canary"',
        b"\x00\xff ghp_canary0123456789canary0123456789 \xfe",
        b"password=canary\xff",
        b"\xffAuthorization: Bearer canary",
    ],
)
def test_bytes_that_cannot_be_parsed_lose_their_secrets(raw):
    assert b"canary" not in redactor.clean_bytes(raw).replace(b"\0", b"")
    assert b"canary" not in redactor.clean_document(raw).replace(b"\0", b"")


def test_bytes_without_a_secret_stay_as_they_are():
    for raw in (b"\xff\xfea\0b\0", b'{"a":\\u0041 "\\/', b"plain", b""):
        assert redactor.clean_bytes(raw) == raw


def test_further_fields_patterns_and_allowed_fields():
    own = Redactor(["vaultPath"], [r"ACME-[0-9]{6}"], ["user_token"])
    raw = b'{"vault_path":"x","db-vault-path":"y","user_token":"z","note":"see ACME-123456 now"}'
    assert json.loads(own.clean_document(raw)) == {
        "vault_path": "[redacted:field]",
        "db-vault-path": "[redacted:field]",
        "user_token": "z",
        "note": "see [redacted:custom] now",
    }
    assert own.suspects([b'{"note":"ACME-123456"}', b'{"Vault.Path":1}', b'{"a":1}']) == [
        True,
        True,
        False,
    ]
    assert (
        own.clean_text("user_token=abc token=abc") == "user_token=abc token=[redacted:assignment]"
    )


def test_a_pattern_without_a_fixed_beginning_makes_every_document_suspect():
    assert Redactor((), [r"[0-9]{13,16}"]).suspects([b"{}", b'{"a":1}']) == [True, True]


@pytest.mark.parametrize("pattern", ["(", "a*", ""])
def test_a_useless_pattern_is_refused(pattern):
    with pytest.raises(ValueError, match=r"regular expression|empty text"):
        Redactor((), [pattern])


PIECES = st.sampled_from(
    [text for text, _ in SECRETS.values()] + list(IN_TEXT.values()) + ORDINARY + FIELDS
)
LINES = st.lists(
    st.one_of(PIECES, TEXT, st.sampled_from([" ", "\t", "\n", "=", ": ", '"'])), max_size=5
)
STRINGS = LINES.map("".join)
VALUES = st.recursive(
    st.one_of(STRINGS, st.integers(), st.booleans()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(STRINGS, inner, max_size=3)
    ),
    max_leaves=5,
)
often = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


@often
@given(st.dictionaries(STRINGS, VALUES, max_size=3), st.booleans(), st.integers(0, 5))
def test_no_document_that_cleaning_would_change_is_overlooked(fields, ascii_only, escape_every):
    raw = render(fields, escape_every=escape_every).encode()
    if ascii_only:
        raw = json.dumps(fields).encode()
    plain = json.dumps(parse(raw), sort_keys=True)
    if json.dumps(json.loads(redactor.clean_document(raw)), sort_keys=True) != plain:
        assert redactor.suspects([raw]) == [True]


@often
@given(st.dictionaries(STRINGS, VALUES, max_size=3))
def test_cleaning_twice_is_cleaning_once(fields):
    once = redactor.clean_document(json.dumps(fields).encode())
    assert redactor.clean_document(once) == once


@often
@given(st.one_of(spoiled(), st.binary(max_size=200), STRINGS.map(str.encode)))
def test_cleaning_takes_any_bytes_and_hides_no_mistake(raw):
    redactor.clean_bytes(raw)
    once = redactor.clean_document(raw)
    try:
        parse(raw)
    except RecordError:
        assert once == redactor.clean_bytes(raw)
    else:
        parse(once)


@often
@given(documents())
def test_documents_of_ordinary_words_are_kept(tree):
    raw = render(tree).encode()
    if redactor.suspects([raw]) == [False]:
        assert json.loads(redactor.clean_document(raw)) == parse(raw)


EXAMPLES = sorted((Path(__file__).parents[3] / "schemas" / "examples").glob("*/*.json"))
CANARY = "ghp_" + "canary00" * 5


def planted(value: object, canary: str) -> object:
    if isinstance(value, str):
        return f"{value} {canary}"
    if isinstance(value, dict):
        return {f"{key} {canary}": planted(inner, canary) for key, inner in value.items()}
    return [planted(inner, canary) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_canary_in_every_field_and_key_of_an_example_is_found_nowhere(path):
    document = json.loads(path.read_bytes())
    for canary, secret in [(CANARY, "canary"), ("password=canary!1", "canary")]:
        raw = json.dumps(planted(document, canary)).encode()
        assert redactor.suspects([raw]) == [True]
        assert secret.encode() not in redactor.clean_document(raw)
        assert secret.encode() not in redactor.clean_bytes(b"\xff" + raw)
    plain = json.dumps(document).encode()
    assert json.loads(redactor.clean_document(plain)) == document
    assert not re.search(rb"redacted", redactor.clean_bytes(plain))

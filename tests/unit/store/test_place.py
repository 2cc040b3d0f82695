"""The address of a server."""

from __future__ import annotations

import pytest

from overheal.errors import ConfigError
from overheal.secret import Secret
from overheal.store.place import ServerAddress


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://h", "http://h:8123/default"),
        ("https://h/", "https://h:8443/default"),
        ("https://h:1/overheal", "https://h:1/overheal"),
        ("https://[::1]:1/a%20b", "https://[::1]:1/a%20b"),
    ],
)
def test_an_address_is_complete(url, name):
    assert ServerAddress(url).name == name


@pytest.mark.parametrize(
    "url",
    ["", "h:8123", "clickhouse://h/d", "http://", "http://h:x/d", "http://h/a/b", "http://h/?x=1"],
)
def test_what_is_no_address_is_refused_with_an_example(url):
    with pytest.raises(ConfigError, match=r"not like https://clickhouse\.example:8443/overheal"):
        ServerAddress(url)


def test_the_password_is_not_shown():
    place = ServerAddress("http://h/d", password=Secret("hunter2"))
    assert "hunter2" not in f"{place} {place!r} {place.name}"
    for url in ("http://u:hunter2@h/d", "http://hunter2@h/d"):
        with pytest.raises(ConfigError, match="password_file") as raised:
            ServerAddress(url)
        assert "hunter2" not in str(raised.value)

"""Where a store is: a folder of one's own, or a ClickHouse server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from overheal.errors import ConfigError
from overheal.secret import Secret

_PORTS = {"http": 8123, "https": 8443}


@dataclass(frozen=True)
class ServerAddress:
    """A database of a ClickHouse server, and who to be there; never shows the password.

    `url` is `http(s)://host:port/database`; without a port it is 8123 or 8443, without a database
    `default`. `ca_file` is a file of certificates to trust in place of the system's, "" for those.
    Time-outs are seconds: until a connection stands, and until an answer comes. Raises
    `ConfigError` for a URL that is none of this, or that has a password in it.
    """

    url: str
    username: str = "default"
    password: Secret = field(default_factory=lambda: Secret(""))
    ca_file: str = ""
    verify: bool = True
    connect_timeout: float = 10.0
    timeout: float = 60.0

    def __post_init__(self) -> None:
        self.parts()

    @property
    def name(self) -> str:
        """The address as messages show it."""
        parts = self.parts()
        host = f"[{parts['host']}]" if ":" in parts["host"] else parts["host"]
        database = quote(parts["database"], safe="")
        return f"{parts['interface']}://{host}:{parts['port']}/{database}"

    def parts(self) -> dict[str, Any]:
        """Return interface, host, port and database of the URL."""
        try:
            parts = urlsplit(self.url)
            port = parts.port
        except ValueError:
            raise ConfigError(_WRONG) from None
        if parts.username is not None or parts.password is not None:
            raise ConfigError(
                "the store's URL holds a user or a password; take them out of it and set "
                "[store] username and password_file (or OVERHEAL_STORE__PASSWORD) instead"
            )
        database = unquote(parts.path.strip("/"))
        if parts.scheme not in _PORTS or not parts.hostname or parts.query or "/" in database:
            raise ConfigError(_WRONG)
        return {
            "interface": parts.scheme,
            "host": parts.hostname,
            "port": port or _PORTS[parts.scheme],
            "database": database or "default",
        }


_WRONG = "the store's URL is not like https://clickhouse.example:8443/overheal; write it so"

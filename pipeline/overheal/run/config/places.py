"""From the sections to what opens connections; secret files are read here, when first needed."""

from __future__ import annotations

from pathlib import Path

from overheal.errors import ConfigError
from overheal.kafka.settings import GUARDED, KafkaSettings
from overheal.run.config.documents import read_text
from overheal.run.config.sections import KafkaConfig, StoreConfig
from overheal.secret import Secret
from overheal.store.place import ServerAddress

CONNECT_SECONDS = 10.0
_WITH_PASSWORD = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_SECRET_WORDS = ("password", "secret", "jaas", "key.pem")
_OWN = {
    "security.protocol": "security",
    "sasl.mechanism": "sasl_mechanism",
    "sasl.mechanisms": "sasl_mechanism",
    "sasl.username": "username",
    "sasl.password": "password",
    "ssl.ca.location": "ca_file",
    "ssl.certificate.location": "certificate_file",
    "ssl.key.location": "key_file",
    "ssl.key.password": "key_password",
    "client.id": "client_id",
}


def check_kafka(part: KafkaConfig) -> None:
    """Raise `ConfigError`, beginning with the key, where settings contradict each other."""
    _one_of(part.password, part.password_file, "kafka.password")
    _one_of(part.key_password, part.key_password_file, "kafka.key_password")
    tls, sasl = part.security.endswith("ssl"), part.security.startswith("sasl")
    has_password = bool(part.password or part.password_file)
    if sasl and part.sasl_mechanism in _WITH_PASSWORD and not (part.username and has_password):
        raise ConfigError(
            f"kafka.security: {part.security} with {part.sasl_mechanism} needs username and "
            "password_file (or OVERHEAL_KAFKA__PASSWORD)"
        )
    if not sasl and (part.username or has_password):
        raise ConfigError(
            f"kafka.username: nothing would use it with security = {part.security!r}; "
            'write security = "sasl_ssl"'
        )
    if not tls and (part.ca_file or part.certificate_file or part.key_file):
        raise ConfigError(
            f"kafka.ca_file: nothing would use certificates with security = {part.security!r}; "
            'write security = "ssl" or "sasl_ssl"'
        )
    if bool(part.certificate_file) != bool(part.key_file):
        raise ConfigError("kafka.certificate_file: a certificate and its key_file go together")
    for name in part.properties:
        if name in GUARDED:
            raise ConfigError(
                f"kafka.properties.{name}: overheal sets this itself, another value would lose or "
                "repeat events; remove it"
            )
        if name in _OWN:
            raise ConfigError(f"kafka.properties.{name}: write it as kafka.{_OWN[name]}")


def kafka_settings(part: KafkaConfig) -> KafkaSettings:
    """Return how to reach Kafka; raises `ConfigError` where a secret's file cannot be read."""
    properties = {
        "security.protocol": part.security,
        "client.id": part.client_id,
        "ssl.ca.location": part.ca_file,
        "ssl.certificate.location": part.certificate_file,
        "ssl.key.location": part.key_file,
    }
    secrets = {"ssl.key.password": _secret(part.key_password, part.key_password_file)}
    if part.security.startswith("sasl"):
        properties |= {"sasl.mechanism": part.sasl_mechanism, "sasl.username": part.username}
        secrets["sasl.password"] = _secret(part.password, part.password_file)
    for name, value in part.properties.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if any(word in name for word in _SECRET_WORDS) and not name.endswith(".location"):
            secrets[name] = Secret(text)
        else:
            properties[name] = text
    return KafkaSettings(
        part.bootstrap,
        {name: text for name, text in properties.items() if text},
        {name: secret for name, secret in secrets.items() if secret},
    )


def check_store(part: StoreConfig) -> None:
    """Raise `ConfigError`, beginning with the key, where settings contradict each other."""
    _one_of(part.password, part.password_file, "store.password")
    if part.path and part.server:
        raise ConfigError("store.path: a store is a folder or a server; remove path or server")
    if part.server:
        try:
            ServerAddress(part.server, part.username)
        except ConfigError as error:
            raise ConfigError(f"store.server: {error}") from None


def store_place(part: StoreConfig) -> Path | ServerAddress | None:
    """Return where the store is, if one is named; raises `ConfigError` for an unreadable file."""
    if part.path:
        return Path(part.path)
    if not part.server:
        return None
    return ServerAddress(
        url=part.server,
        username=part.username,
        password=_secret(part.password, part.password_file),
        ca_file=part.ca_file,
        verify=part.verify,
        connect_timeout=min(CONNECT_SECONDS, part.timeout_seconds),
        timeout=part.timeout_seconds,
    )


def _one_of(inline: str, file: str, key: str) -> None:
    if inline and file:
        raise ConfigError(
            f"{key}: given itself and as {key.rpartition('.')[2]}_file; remove one of the two"
        )


def _secret(inline: str, file: str) -> Secret:
    return Secret(read_text(file).rstrip("\r\n") if file else inline)

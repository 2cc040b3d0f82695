"""Reading: a TOML or YAML file, and the variables of the environment laid over it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from overheal.errors import ConfigError
from overheal.run.config.sections import SECRETS, ConfigFile

PREFIX = "OVERHEAL_"

_MERGE = "tag:yaml.org,2002:merge"


class _Strict(yaml.SafeLoader):
    """Reads YAML as `safe_load` does, and refuses a key that stands twice, as TOML does."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping; raises `YAMLError` naming the key and both its places."""
        places: dict[Any, int] = {}
        for key, _ in node.value:
            name = getattr(key, "value", None)
            if isinstance(name, str) and name in places and key.tag != _MERGE:
                here, first = key.start_mark.line + 1, places[name]
                problem = f"line {here}: {name!r} is there already, in line {first}; write it once"
                raise yaml.constructor.ConstructorError(None, None, problem)
            places[name if isinstance(name, str) else id(key)] = key.start_mark.line + 1
        return super().construct_mapping(node, deep=deep)


def read_document(path: str) -> dict[str, Any]:
    """Return a TOML or YAML file as a dictionary; raises `ConfigError` naming file and line."""
    text = read_text(path)
    try:
        is_yaml = path.endswith((".yaml", ".yml"))
        document = _yaml(text) if is_yaml else tomllib.loads(text)
    except (tomllib.TOMLDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: {' '.join(str(error).split())}") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ConfigError(f"{path}: expected keys and values")
    return document


def _yaml(text: str) -> Any:
    loader = _Strict(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def read_text(path: str) -> str:
    """Return a file's text; raises `ConfigError` naming the file."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text") from None


def from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return what `OVERHEAL_SECTION__KEY` variables say; raises `ConfigError` for a clash."""
    document: dict[str, Any] = {}
    for name, text in sorted(environment.items()):
        if not name.startswith(PREFIX):
            continue
        *parents, key = name.removeprefix(PREFIX).lower().split("__")
        holder = document
        for parent in parents:
            holder = holder.setdefault(parent, {})
            if not isinstance(holder, dict):
                raise ConfigError(f"{name}: {parent} has a value of its own; unset one of the two")
        holder[key] = _value(parents, key, text)
    return document


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Return both documents as one; what `over` says wins."""
    result = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


def _value(parents: list[str], key: str, text: str) -> Any:
    """Return a variable's value: what it reads as in TOML, unless text is what is wanted."""
    if key in SECRETS:
        return text
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
    return value if isinstance(value, str) or not _is_text(parents, key) else text


def _is_text(parents: list[str], key: str) -> bool:
    if len(parents) != 1 or parents[0] not in ConfigFile.model_fields:
        return False
    section: Any = ConfigFile.model_fields[parents[0]].annotation
    field = getattr(section, "model_fields", {}).get(key)
    return field is not None and field.annotation is str

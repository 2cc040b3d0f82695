"""Write `schemas/` from the one definition, or check that it is as it would be written.

python -m overheal.contract.export [--check] DIR
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from overheal.contract.asyncapi import asyncapi
from overheal.contract.examples import action_examples, index, observation_examples
from overheal.contract.json_schema import action_schema, observation_schema


def exported(others: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Return every file of `schemas/`: path below it → text.

    `others` adds JSON documents of layers above, by path.
    """
    documents: dict[str, Any] = {
        "action-event.v1.json": action_schema(),
        "observation.v1.json": observation_schema(),
        **{f"examples/actions/{name}": event for name, event in action_examples().items()},
        **{
            f"examples/observations/{name}": event for name, event in observation_examples().items()
        },
        **(others or {}),
    }
    files = {
        path: json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        for path, document in documents.items()
    }
    files["asyncapi.yaml"] = yaml.safe_dump(
        asyncapi(), sort_keys=False, allow_unicode=True, width=100
    )
    files["examples/README.md"] = index()
    return files


def drift(directory: Path, others: Mapping[str, Any] | None = None) -> list[str]:
    """Return what differs between `directory` and what would be written, one sentence each.

    Files of layers above are judged only where `others` brings them.
    """
    wanted = exported(others)
    found = []
    for path, text in sorted(wanted.items()):
        file = directory / path
        if not file.is_file():
            found.append(f"{path} is missing")
        elif file.read_text(encoding="utf-8") != text:
            found.append(f"{path} differs from the definition")
    kept = (directory / "examples").rglob("*")
    stray = (file.relative_to(directory).as_posix() for file in kept if file.is_file())
    return found + [f"{path} belongs to nothing" for path in sorted(stray) if path not in wanted]


def write(directory: Path, others: Mapping[str, Any] | None = None) -> None:
    """Write every file, and remove examples that belong to nothing any more."""
    wanted = exported(others)
    for path, text in wanted.items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for file in (directory / "examples").rglob("*"):
        if file.is_file() and file.relative_to(directory).as_posix() not in wanted:
            file.unlink()


def main(arguments: Sequence[str], others: Mapping[str, Any] | None = None) -> int:
    """Run the command; returns its exit code."""
    check = "--check" in arguments
    directories = [argument for argument in arguments if not argument.startswith("-")]
    if len(directories) != 1 or set(arguments) - {"--check", *directories}:
        sys.stderr.write("usage: [--check] DIR\n")
        return 2
    directory = Path(directories[0])
    if not check:
        write(directory, others)
        return 0
    differences = drift(directory, others)
    for sentence in differences:
        sys.stderr.write(f"{directory}: {sentence}; run make schemas\n")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Every command by its name, and its module, which is loaded when the command is called.

A command NAME is the function `NAME_command` of its module, with its examples in `NAME_EPILOG`; a
group of commands is `NAME_app`.
"""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from overheal.cli.needed import embedded_part
from overheal.cli.usage import told_if_interrupted

COMMANDS = {
    "analyze": ("analyze", "Judge recorded events, canonical or as kubectl prints them."),
    "demo": ("analyze", "Judge forty recorded minutes of a real Kubernetes cluster."),
    "ingest": ("ingest", "Turn what producers wrote to Kafka into events."),
    "worker": ("worker", "Judge the events of Kafka and store them in ClickHouse."),
    "fleet": ("fleet", "Judge what crosses scopes: agents in conflict."),
    "audit": ("audit", "Prove that nothing is lost and nothing counted twice."),
    "map": ("map", "Show who writes which fields, and what depends on what."),
    "backtest": ("backtest", "Replay stored history with other settings."),
    "migrate": ("migrate", "Make a ClickHouse server's tables, or bring them up to date."),
    "check-config": ("check_config", "Read the configuration and try everything it names."),
    "detectors": ("detectors", "List the detectors, what each asks, and their settings."),
    "erase": ("erase", "Put a pseudonym in the place of a person's name."),
    "export": ("export", "Write what a store holds to files."),
    "import": ("export", "Put an export into a store."),
    "sql": ("sql", "Ask the store a question in SQL."),
    "ack": ("ack", "Acknowledge a finding, or answer the weekly report."),
    "review": ("report_review", "Say what you think of an action."),
    "readiness": (
        "report_review",
        "Show what is known of a service before anything acts on it.",
    ),
    "kpis": ("kpis", "Show how well automation recovers, and what it hides."),
    "services": ("kpis", "List services by how often automation recovers them."),
    "causal": ("causal", "What led to an event, an action or a finding."),
    "findings": ("findings", "Look at what was found, and have one finding explained."),
    "store": ("store", "See what a store takes and whether it is whole; back it up."),
    "topics": ("topics", "Make and check the Kafka topics."),
    "dead-letters": ("dead_letters", "Look at refused records, repair them, send them again."),
    "expect": ("expect", "Declare expected behaviour."),
    "drill": ("drill", "Declare drills, which are kept out of findings and counts."),
    "label": ("label", "Say whether a finding was useful or noise."),
    "report": ("report", "Report on a week, or review a quarter."),
}
"""The module below `overheal.cli`, and what `overheal --help` says in at most 60 characters."""


class LoadedWhenCalled(TyperGroup):
    """The commands as names and sentences, until one of them is called."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        for name, (_, line) in COMMANDS.items():
            self.add_command(TyperCommand(name, help=line))

    def invoke(self, ctx: Any) -> Any:
        """Run a command; Ctrl-C ends it with a sentence."""
        with told_if_interrupted():
            return super().invoke(ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[Any, Any, list[str]]:
        """Return the command that the first word names, loaded, and the words that are left."""
        name, command, left = super().resolve_command(ctx, args)
        return name, command and loaded(args[0]), left


def loaded(name: str) -> Any:
    """Return what typer makes of a command; raises `ConfigError` where a package is missing."""
    module = embedded_part(f"overheal.cli.{COMMANDS[name][0]}")
    word = name.replace("-", "_")
    if hasattr(module, f"{word}_app"):
        return get_group(getattr(module, f"{word}_app"))
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    examples = getattr(module, f"{word.upper()}_EPILOG")
    alone.command(name, epilog=examples)(getattr(module, f"{word}_command"))
    return get_command(alone)

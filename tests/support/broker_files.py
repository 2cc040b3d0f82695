"""What a Kafka broker reads before it starts: jars, settings, and a formatted log directory."""

from __future__ import annotations

import atexit
import base64
import re
import shutil
import subprocess
import sys
import tempfile
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Security = Literal["plain", "sasl", "ssl"]

JARS = Path(sys.prefix) / "kafka"
ARCHIVE = JARS.with_suffix(".jsa")
JVM = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"]
USERS = {"worker": "worker-secret", "stranger": "stranger-secret"}
_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_PROTOCOLS = {"plain": "PLAINTEXT", "sasl": "SASL_PLAINTEXT", "ssl": "SSL"}


@dataclass(frozen=True)
class Node:
    """One broker's number, folder and ports; clients are sent to the one `advertised`."""

    number: int
    folder: Path
    client: int
    inner: int
    controller: int
    advertised: int


def missing() -> str:
    """Return what a local broker lacks here, as a sentence; empty where nothing does."""
    if shutil.which("java") is None:
        return "Java 17 or newer is missing (Debian: apt-get install default-jre-headless)"
    if not JARS.is_dir():
        return f"{JARS} is missing (make kafka; needs Maven, Debian: apt-get install maven)"
    return ""


def classpath() -> str:
    """Return the jars as Java takes them."""
    return f"{JARS}/*"


def jvm() -> list[str]:
    """Return the command for a quick start, with the classes noted by `make kafka`."""
    return [*JVM, f"-XX:SharedArchiveFile={ARCHIVE}"] if ARCHIVE.exists() else JVM


def prepare(node: Node, nodes: list[Node], security: Security, keystore: Path | None) -> Path:
    """Write a node's settings and formatted log directory; return the settings' file."""
    logs = node.folder / "logs"
    shutil.copytree(_formatted(security), logs)
    properties = logs / "meta.properties"
    text = re.sub(r"node\.id=\d+", f"node.id={node.number}", properties.read_text())
    directory = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    if directory.startswith("-"):
        directory = "A" + directory[1:]
    properties.write_text(re.sub(r"directory\.id=.*", f"directory.id={directory}", text))
    settings = node.folder / "server.properties"
    settings.write_text(_settings(node, nodes, security, keystore))
    return settings


@cache
def _formatted(security: Security) -> Path:
    """Format a log directory once a test process: the tool takes longer than a copy."""
    folder = Path(tempfile.mkdtemp(prefix="kafka-formatted-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    node = Node(1, folder, 1, 2, 3, 1)
    settings = folder / "server.properties"
    settings.write_text(_settings(node, [node], security, folder / "none"))
    command = [*jvm(), "-cp", classpath(), "kafka.tools.StorageTool", "format", "-t"]
    command += ["4L6g3nShT-eMCtK--X86sw", "-c", str(settings)]
    if security == "sasl":
        for mechanism in _MECHANISMS[1:]:
            for name, word in USERS.items():
                command += ["--add-scram", f"{mechanism}=[name={name},password={word}]"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise RuntimeError(f"Kafka's storage tool failed: {done.stdout}{done.stderr}")
    return folder / "logs"


def _settings(node: Node, nodes: list[Node], security: Security, keystore: Path | None) -> str:
    copies = min(3, len(nodes))
    voters = ",".join(f"{each.number}@127.0.0.1:{each.controller}" for each in nodes)
    inner = f"INNER://127.0.0.1:{node.inner}"
    lines = {
        "process.roles": "broker,controller",
        "node.id": node.number,
        "controller.quorum.voters": voters,
        "listeners": (
            f"CLIENT://127.0.0.1:{node.client},{inner},CONTROLLER://127.0.0.1:{node.controller}"
        ),
        "advertised.listeners": f"CLIENT://127.0.0.1:{node.advertised},{inner}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "INNER",
        "listener.security.protocol.map": (
            f"CLIENT:{_PROTOCOLS[security]},INNER:PLAINTEXT,CONTROLLER:PLAINTEXT"
        ),
        "log.dirs": node.folder / "logs",
        "auto.create.topics.enable": "false",
        "unclean.leader.election.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": max(1, copies - 1),
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": 3,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": max(1, copies - 1),
        "transaction.state.log.num.partitions": 3,
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 500,
        "broker.heartbeat.interval.ms": 500,
        "broker.session.timeout.ms": 2500,
        "replica.lag.time.max.ms": 5000,
        "num.network.threads": 2,
        "num.io.threads": 2,
        "log.cleaner.dedupe.buffer.size": 4 << 20,
        "log.cleaner.backoff.ms": 1000,
        **_secured(security, keystore),
    }
    return "".join(f"{name}={value}\n" for name, value in lines.items())


def _secured(security: Security, keystore: Path | None) -> dict[str, object]:
    if security == "ssl":
        return {
            "listener.name.client.ssl.keystore.type": "PEM",
            "listener.name.client.ssl.keystore.location": keystore,
        }
    if security == "plain":
        return {}
    plain = " ".join(f'user_{name}="{word}"' for name, word in USERS.items())
    modules = "org.apache.kafka.common.security"
    scram = f"{modules}.scram.ScramLoginModule required;"
    return {
        "sasl.enabled.mechanisms": ",".join(_MECHANISMS),
        "listener.name.client.plain.sasl.jaas.config": (
            f"{modules}.plain.PlainLoginModule required {plain};"
        ),
        "listener.name.client.scram-sha-256.sasl.jaas.config": scram,
        "listener.name.client.scram-sha-512.sasl.jaas.config": scram,
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:worker;User:ANONYMOUS",
    }

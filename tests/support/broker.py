"""Real Kafka brokers as processes of the test: to be killed, paused and restarted."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from tests.support import children
from tests.support.broker_files import USERS, Node, Security, classpath, jvm, prepare
from tests.support.certificates import self_signed
from tests.support.proxy import Proxy

READY = 90.0


class LocalKafka:
    """A cluster of combined KRaft brokers on 127.0.0.1, each a process of 384 MB heap at most.

    Three brokers keep three copies and need two. Brokers are numbered from 0. `security` is that
    of the clients' listener: `sasl` has the users of `USERS` with PLAIN and both SCRAM mechanisms,
    of whom `worker` may do everything and `stranger` nothing; `ssl` has a certificate of its own
    making. What clients need to know is `client()`. With `proxied`, clients reach each broker
    through one of `proxies`, whose wires may be broken.
    """

    def __init__(
        self,
        folder: Path,
        brokers: int = 1,
        security: Security = "plain",
        *,
        proxied: bool = False,
    ) -> None:
        self.folder = folder
        self.security: Security = security
        self.jvm = jvm()
        self.proxies: list[Proxy] = []
        self.nodes = [self._node(number, proxied=proxied) for number in range(brokers)]
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self._paused: set[int] = set()
        self._authority: Path | None = None

    @property
    def bootstrap(self) -> str:
        return ",".join(f"127.0.0.1:{node.advertised}" for node in self.nodes)

    def client(self, user: str = "worker", mechanism: str = "SCRAM-SHA-256") -> dict[str, str]:
        """Return the settings that a librdkafka client needs to be let in."""
        settings = {"bootstrap.servers": self.bootstrap}
        if self.security == "ssl":
            settings |= {"security.protocol": "ssl", "ssl.ca.location": str(self._authority)}
        if self.security == "sasl":
            settings |= {"security.protocol": "sasl_plaintext", "sasl.mechanism": mechanism}
            settings |= {"sasl.username": user, "sasl.password": USERS[user]}
        return settings

    def start(self) -> None:
        """Start all brokers and wait until they accept clients; again, on their old logs."""
        keystore = None
        if self.security == "ssl" and self._authority is None:
            made = self_signed(self.folder / "certificate")
            self._authority, keystore = made.certificate, made.both
        for node in self.nodes:
            if not node.folder.exists():
                node.folder.mkdir(parents=True)
                prepare(node, self.nodes, self.security, keystore)
        for proxy in self.proxies:
            proxy.heal()
        for number in range(len(self.nodes)):
            if number not in self._running:
                self._spawn(number)
        self._ready()

    def stop(self, number: int | None = None) -> None:
        """Shut one broker down in good order, or end all at once."""
        if number is None:
            for each in list(self._running):
                self.kill(each)
            for proxy in self.proxies:
                proxy.refuse()
            return
        self.resume(number)
        self._running[number].terminate()
        with suppress(subprocess.TimeoutExpired):
            self._running[number].wait(30)
        self.kill(number)

    def kill(self, number: int = 0) -> None:
        """End a broker as a crash would."""
        self._paused.discard(number)
        children.kill(self._running.pop(number))

    def pause(self, number: int = 0) -> None:
        """Let a broker stand still: its connections stay open and nothing answers."""
        os.kill(self._running[number].pid, signal.SIGSTOP)
        self._paused.add(number)

    def resume(self, number: int = 0) -> None:
        """Let a paused broker go on."""
        os.kill(self._running[number].pid, signal.SIGCONT)
        self._paused.discard(number)

    def restart(self, number: int = 0) -> None:
        """Start a broker on its old logs, after its end if it still runs; wait until it is in."""
        if number in self._running:
            self.kill(number)
        self._spawn(number)
        self._ready()

    def leader(self, topic: str, partition: int = 0) -> int:
        """Return the number of the broker that leads a partition; -1 where none does."""
        with suppress(KafkaException):
            found = self._admin().list_topics(topic, timeout=5).topics[topic].partitions
            return max(-1, found[partition].leader - 1) if partition in found else -1
        return -1

    def _node(self, number: int, *, proxied: bool) -> Node:
        client, inner, controller, other = children.free_ports(4)
        if proxied:
            self.proxies.append(Proxy(other, client))
        folder = self.folder / f"broker-{number}"
        return Node(number + 1, folder, client, inner, controller, other if proxied else client)

    def _spawn(self, number: int) -> None:
        node = self.nodes[number]
        with (node.folder / "output.txt").open("ab") as output:
            self._running[number] = children.start(
                [
                    *(*self.jvm, "-Xms64m", "-Xmx384m", "-cp", classpath()),
                    *("kafka.Kafka", node.folder / "server.properties"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def _ready(self) -> None:
        """Wait until all that run and are not paused are known to each other."""
        awake = {self.nodes[number].number for number in self._running.keys() - self._paused}
        if len(awake) * 2 <= len(self.nodes):
            return
        children.until(lambda: self._open(awake), "brokers to accept connections", READY)
        admin = self._admin()

        def together() -> bool:
            with suppress(KafkaException):
                return awake <= admin.list_topics(timeout=5).brokers.keys()
            return False

        children.until(together, "brokers to join the cluster", READY)

    def _open(self, awake: set[int]) -> bool:
        for number, child in self._running.items():
            if child.poll() is not None:
                said = (self.nodes[number].folder / "output.txt").read_text()[-2000:]
                raise RuntimeError(f"broker {number} ended with {child.returncode}: {said}")
        for node in self.nodes:
            if node.number in awake:
                try:
                    socket.create_connection(("127.0.0.1", node.client), 1).close()
                except OSError:
                    return False
        return True

    def _admin(self) -> AdminClient:
        return AdminClient({**self.client(), "log_level": 0, "socket.timeout.ms": 5000})

"""A ClickHouse server for tests: the real engine behind its HTTP interface, in a process of its own.

What it keeps of ClickHouse's promises: an insert is acknowledged once it is done; a token repeated
inserts nothing; a request that did not come whole inserts nothing; refusals carry ClickHouse's
code and words. What it lacks: users and grants beyond one, replication, external tables.
"""

from __future__ import annotations

import atexit
import json
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Literal
from urllib.parse import quote

import clickhouse_connect

from tests.support import children
from tests.support.certificates import self_signed
from tests.support.command import ROOT

Kind = Literal[
    "lost_answer",  # the statement is done, then the connection breaks
    "hang_after",  # the statement is done, and no answer comes until healed
    "reset",  # the request came whole, nothing is done, the connection breaks
    "reset_body",  # the connection breaks in the middle of the request
    "hang",  # nothing is done, and no answer comes until healed
    "slow",  # the statement is done `seconds` later, even if the client has gone
    "unavailable",  # HTTP 503, as a balancer in front says it
    "disk_full",  # ClickHouse's code 243
    "error",  # ClickHouse's `code` with `message`
    "down",  # connections are refused and open ones cut, until healed
]


class ChdbFront:
    """The server on a folder. `start`, `stop` and `kill` may follow one another at will.

    The port stays the same. `tls` serves HTTPS with the certificate `authority`.
    """

    def __init__(
        self, folder: Path, *, user: str = "default", password: str = "", tls: bool = False
    ) -> None:
        self.folder = folder
        self.user, self.password = user, password
        self.port = children.free_ports(1)[0]
        self.authority: Path | None = None
        self._both: Path | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = Lock()
        if tls:
            made = self_signed(folder / "certificate")
            self.authority, self._both = made.certificate, made.both

    @property
    def url(self) -> str:
        scheme = "https" if self.authority else "http"
        name = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        return f"{scheme}://{name}@127.0.0.1:{self.port}"

    @property
    def backups(self) -> Path:
        """The one folder into which `BACKUP … TO File(…)` may write, the same for all fronts."""
        return _backups()

    def start(self) -> None:
        """Start the process and wait until it serves."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "tests.support.front", "--folder", str(self.folder)]
        command += ["--backups", str(self.backups)]
        command += ["--port", str(self.port), "--user", self.user, "--password", self.password]
        if self._both is not None:
            command += ["--certificate", str(self._both)]
        with (self.folder / "output.txt").open("ab") as output:
            self._child = children.start(
                command,
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
            )
        self._reply()

    def stop(self) -> None:
        """Let the process end by itself; open requests break off."""
        if self._child is not None and self._child.stdin is not None:
            self._child.stdin.close()
            self._child.wait(30)
            self.kill()

    def kill(self) -> None:
        """End the process as a crash would."""
        if self._child is not None:
            children.kill(self._child)
            self._child = None

    def restart(self) -> None:
        """Start the process on its old folder, after a crash if it still runs; faults are gone."""
        self.kill()
        self.start()

    def fail(
        self,
        kind: Kind,
        match: str = "",
        times: int = 1,
        *,
        seconds: float = 0.0,
        code: int = 0,
        message: str = "",
    ) -> None:
        """Let the next `times` requests whose statement contains `match` fail.

        A negative `times` lasts until `heal`; faults told before stay in force. The driver itself
        repeats once what meets a broken connection, inserts included unless their body is an
        iterator, and reads that meet 503: `times=2` gets through to its caller.
        """
        fault: dict[str, Any] = {"kind": kind, "match": match, "times": times, "seconds": seconds}
        if kind == "disk_full":
            words = "Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)"
            fault |= {"kind": "error", "code": 243, "message": words}
        elif kind == "error":
            fault |= {"code": code, "message": message}
        self._tell(do="fail", **fault)

    def heal(self) -> None:
        """End all faults."""
        self._tell(do="heal")

    def requests(self, match: str = "") -> int:
        """Return how many requests came whole with a statement that contains `match`."""
        return self._tell(do="seen", match=match)

    def struck(self, kind: Kind) -> int:
        """Return how often faults of a kind struck since the start (disk_full counts as error)."""
        return self._tell(do="spent", kind=kind)

    def client(self, database: str = "", **options: Any) -> Any:
        """Return the driver's client; close it after use."""
        options.setdefault("username", self.user)
        options.setdefault("password", self.password)
        if self.authority is not None:
            options |= {"interface": "https", "ca_cert": str(self.authority)}
        return clickhouse_connect.get_client(
            host="127.0.0.1", port=self.port, database=database or "default", **options
        )

    def _tell(self, **words: Any) -> int:
        with self._lock:
            child = self._child
            if child is None or child.stdin is None:
                raise RuntimeError("the front does not run; start it first")
            child.stdin.write(json.dumps(words).encode() + b"\n")
            child.stdin.flush()
            return self._reply()

    def _reply(self) -> int:
        assert self._child is not None
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            said = (self.folder / "output.txt").read_text()[-2000:]
            raise RuntimeError(f"the front ended: {said}")
        return int(line)


@cache
def _backups() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="overheal-backups-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder

"""Processes that judge pieces of history side by side; the owner of the store hands them out.

One process owns an embedded store, so the others never open it: they get what was read.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import NamedTuple, Protocol, Self, cast

from overheal.errors import OverhealError
from overheal.run.backtest.replay import Judged, ScopeReplay, Task
from overheal.run.garbage import collect_less

STOP_SECONDS = 5.0


class Slice(NamedTuple):
    """A part of a piece: an Arrow stream with these fields, and whether it is the last one."""

    stream: bytes
    fields: frozenset[str]
    last: bool


Piece = Sequence[Callable[[], Slice]]
"""What reads the slices of one piece, one after the other."""


class Workers(Protocol):
    """Judges pieces; use as a context."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def judge(self, pieces: Iterator[Piece]) -> Iterator[Judged]:
        """Return what was found in each piece, in whatever order."""
        ...


class Alone:
    """Judges in this process: for histories that are over before another one has started."""

    def __init__(self, task: Task) -> None:
        self._replay = ScopeReplay(task)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def judge(self, pieces: Iterator[Piece]) -> Iterator[Judged]:
        """Return what was found in each piece."""
        for piece in pieces:
            for read in piece:
                part = read()
                self._replay.take_stream(part.stream, part.fields)
            yield self._replay.end()


class Crew:
    """As many processes as asked for; they end with the block, whatever happens in it.

    Raises `OverhealError` where one of them ended by itself, or what one of them raised.
    """

    def __init__(self, task: Task, size: int) -> None:
        self._task = task
        self._size = size
        self._members: dict[Connection, BaseProcess] = {}

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("spawn")
        # Inherited by the processes: who presses Ctrl-C ends this one, which ends the others. What
        # multiprocessing starts beside the first of them would lift it.
        resource_tracker.ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            for _ in range(self._size):
                ours, theirs = context.Pipe()
                process = context.Process(target=work, args=(theirs, self._task), daemon=True)
                process.start()
                theirs.close()
                self._members[ours] = process
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for connection, process in self._members.items():
            connection.close()
            if kind is not None:
                process.terminate()
        for process in self._members.values():
            process.join(STOP_SECONDS)
            if process.is_alive():
                process.kill()
                process.join()

    def judge(self, pieces: Iterator[Piece]) -> Iterator[Judged]:
        """Return what was found in each piece; a piece stays with the process that began it."""
        under_way: dict[Connection, Iterator[Callable[[], Slice]]] = {}
        for member in self._members:
            self._go_on(member, under_way, pieces)
        while under_way:
            for ready in wait(list(under_way)):
                member = cast("Connection", ready)
                found = self._answer(member)
                if found is not None:
                    yield found
                self._go_on(member, under_way, pieces)

    def _go_on(
        self,
        member: Connection,
        under_way: dict[Connection, Iterator[Callable[[], Slice]]],
        pieces: Iterator[Piece],
    ) -> None:
        """Give a member the next slice of its piece, or of another one."""
        piece = under_way.pop(member, None) or iter(())
        read = next(piece, None)
        if read is None:
            piece = iter(next(pieces, ()))
            read = next(piece, None)
        if read is not None:
            under_way[member] = piece
            member.send(read())

    def _answer(self, member: Connection) -> Judged | None:
        try:
            answer = member.recv()
        except (EOFError, OSError):
            code = self._members[member].exitcode
            raise OverhealError(
                f"a process that judged history ended by itself (exit code {code}); it may have "
                "had too little memory: try --processes 1"
            ) from None
        if isinstance(answer, OverhealError):
            raise answer
        found: Judged | None = answer
        return found


def work(connection: Connection, task: Task) -> None:
    """Judge slices until nobody sends any; what is wrong with the rules is sent back."""
    collect_less()
    replay: ScopeReplay | None = None
    while True:
        try:
            part: Slice = connection.recv()
        except EOFError:
            return
        try:
            replay = replay or ScopeReplay(task)
            replay.take_stream(part.stream, part.fields)
            connection.send(replay.end() if part.last else None)
        except OverhealError as error:
            connection.send(error)
            return

"""A worker that notes where its CPU time goes.

    python -m benchmarks.worker.sampling FILE COMMAND …

Every millisecond the CPU time that each thread has used since the last look is booked on the
stack it stands in; nothing is slowed by instrumentation. Written to FILE when the worker ends:
microseconds for each (thread, stack), and those of garbage collection.
"""

from __future__ import annotations

import atexit
import gc
import json
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from overheal.cli.entry import main

INTERVAL = 0.001
Stack = tuple[str, ...]

_clocks: dict[int, tuple[int, float]] = {}
_spent: dict[tuple[str, Stack], float] = {}
_collected: dict[str, float] = {
    "seconds": 0.0,
    "began": 0.0,
    "runs": 0.0,
    "longest": 0.0,
    "found": 0.0,
}


def _stack(frame: FrameType | None) -> Stack:
    found = []
    while frame is not None:
        code = frame.f_code
        found.append(f"{code.co_filename}:{code.co_firstlineno}:{code.co_qualname}")
        frame = frame.f_back
    return tuple(found)


def _look(_signal: int, frame: FrameType | None) -> None:
    own = threading.get_ident()
    # A collection inside the call would run Python code under a lock of the interpreter.
    gc.disable()
    frames = sys._current_frames()  # noqa: SLF001 - the one way to see other threads
    gc.enable()
    for ident, standing in frames.items():
        known = _clocks.get(ident)
        if known is None:
            known = (time.pthread_getcpuclockid(ident), 0.0)
        clock, before = known
        try:
            now = time.clock_gettime(clock)
        except OSError:
            continue  # the thread has just ended
        _clocks[ident] = clock, now
        if now - before > 1e-6:
            who = "main" if ident == own else "writer"
            key = who, _stack(frame if ident == own else standing)
            _spent[key] = _spent.get(key, 0.0) + now - before
    _clocks[own] = _clocks[own][0], time.thread_time()
    # They hold this very call, which holds them: cycles that would be found a thousand times.
    frames.clear()
    standing = None


def _collecting(phase: str, info: dict[str, int]) -> None:
    if phase == "start":
        _collected["began"] = time.thread_time()
    else:
        took = time.thread_time() - _collected["began"]
        _collected["seconds"] += took
        _collected["longest"] = max(_collected["longest"], took)
        _collected["found"] += info["collected"]
        _collected["runs"] += 1


def _write(path: Path) -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)
    stacks = [[thread, list(stack), spent] for (thread, stack), spent in _spent.items()]
    path.write_text(json.dumps({"stacks": stacks, "gc": _collected}))


if __name__ == "__main__":
    atexit.register(_write, Path(sys.argv[1]))
    sys.argv = ["overheal", *sys.argv[2:]]
    gc.callbacks.append(_collecting)
    signal.signal(signal.SIGALRM, _look)
    signal.setitimer(signal.ITIMER_REAL, INTERVAL, INTERVAL)
    main()

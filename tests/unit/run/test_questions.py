"""Ctrl-C ends a question, and where the engine goes on with it, the process."""

from __future__ import annotations

import _thread
import threading

import pytest

from overheal.run import questions


class Engine:
    """Ends a question when it is told for the n-th time; 0: never."""

    def __init__(self, ends_after: int) -> None:
        self.told, self._ends_after = 0, ends_after
        self._ended = threading.Event()

    def stop(self) -> None:
        self.told += 1
        if self.told == self._ends_after:
            self._ended.set()

    def ask(self) -> str:
        threading.Timer(0.1, _thread.interrupt_main).start()
        self._ended.wait(60)
        raise RuntimeError("it was ended")


class Left(BaseException):
    """The process has ended."""


@pytest.fixture(autouse=True)
def leaves(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    codes: list[int] = []

    def ended(code: int) -> None:
        codes.append(code)
        raise Left

    monkeypatch.setattr(questions, "STOPS", 3)
    monkeypatch.setattr(questions.os, "_exit", ended)
    return codes


@pytest.mark.parametrize("after", [1, 2])
def test_a_question_is_ended_however_often_the_engine_has_to_be_told(after, leaves):
    engine = Engine(after)
    with pytest.raises(KeyboardInterrupt):
        questions.interruptible(engine, engine.ask)  # type: ignore[arg-type]
    assert (engine.told, leaves) == (after, [])


def test_one_that_the_engine_does_not_end_is_left_with_the_process(leaves, capsys):
    engine = Engine(0)
    with pytest.raises(Left):
        questions.interruptible(engine, engine.ask)  # type: ignore[arg-type]
    assert (engine.told, leaves) == (3, [130])
    assert (
        capsys.readouterr().err
        == "\noverheal: interrupted; the engine still works on the question\n"
    )

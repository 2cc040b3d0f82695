"""Which events were seen, for as long as they could come again without being late."""

from __future__ import annotations

from overheal.state.watermark import LATENESS


class Seen:
    """Keys of events, forgotten only when the watermark has passed their event time.

    So whatever is not late is known here if it was seen before; about what is late, somebody with
    a longer memory has to be asked. Two generations turn with the watermark, and what lies far
    ahead of it is kept apart until the watermark comes there, so that one clock that runs ahead
    cannot stop the forgetting. A key is a source and an id in it; times are microseconds.
    """

    def __init__(self, keep: int = LATENESS) -> None:
        self._keep = max(keep, LATENESS)
        self._young: dict[str, set[str]] = {}
        self._old: dict[str, set[str]] = {}
        self._ahead: dict[tuple[str, str], int] = {}
        self._turned = 0

    def __len__(self) -> int:
        generations = (self._young, self._old)
        return sum(len(ids) for one in generations for ids in one.values()) + len(self._ahead)

    def __contains__(self, key: tuple[str, str]) -> bool:
        source, name = key
        for generation in (self._young, self._old):
            ids = generation.get(source)
            if ids is not None and name in ids:
                return True
        return key in self._ahead

    def add(self, key: tuple[str, str], time: int, watermark: int) -> None:
        """Remember a key with its event time; `watermark` drives forgetting."""
        if watermark - self._turned >= self._keep:
            self._turn(watermark)
        if time - self._turned >= 2 * self._keep:
            self._ahead[key] = time
        else:
            ids = self._young.get(key[0])
            if ids is None:
                ids = self._young[key[0]] = set()
            ids.add(key[1])

    def _turn(self, watermark: int) -> None:
        """Let go of the older generation: all of it lies before `watermark`."""
        gone = watermark - self._turned >= 2 * self._keep
        self._old = {} if gone else self._young
        self._young = {}
        self._ahead = {key: time for key, time in self._ahead.items() if time >= watermark}
        self._turned = watermark

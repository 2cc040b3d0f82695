from __future__ import annotations

import os
import shutil
import subprocess
import zlib
from pathlib import Path

import numpy as np
import pytest

CHROMIUM = Path("/usr/bin/chromium")
SIZE = (1000, 4200)


class Browser:
    """Debian's chromium without a window, in a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def run(self, page: Path, *flags: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                str(CHROMIUM),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                "--enable-logging=stderr",
                "--force-device-scale-factor=1",
                f"--user-data-dir={self.home}",
                f"--window-size={SIZE[0]},{SIZE[1]}",
                *flags,
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def seen(self, page: Path, *, dark: bool) -> tuple[np.ndarray, list[str]]:
        """Return the page's pixels (rows, columns, red-green-blue) and its console messages."""
        image = page.with_suffix(".dark.png" if dark else ".light.png")
        scheme = "--blink-settings=preferredColorScheme=" + ("0" if dark else "1")
        done = self.run(page, f"--screenshot={image}", scheme)
        console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
        return pixels(image.read_bytes()), console


@pytest.fixture(scope="session")
def browser(tmp_path_factory) -> Browser:
    if not CHROMIUM.exists() or shutil.which(str(CHROMIUM)) is None:
        reason = f"{CHROMIUM} is not installed (Debian: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return Browser(tmp_path_factory.mktemp("chromium"))


def pixels(png: bytes) -> np.ndarray:
    """Decode an 8-bit PNG without interlacing, which is what the browser writes."""
    assert png.startswith(b"\x89PNG")
    packed, offset = b"", 8
    width = height = channels = 0
    while offset < len(png):
        size, name = int.from_bytes(png[offset : offset + 4], "big"), png[offset + 4 : offset + 8]
        body = png[offset + 8 : offset + 8 + size]
        if name == b"IHDR":
            width, height = int.from_bytes(body[:4], "big"), int.from_bytes(body[4:8], "big")
            assert body[8] == 8
            assert body[12] == 0
            channels = {2: 3, 6: 4}[body[9]]
        packed += body if name == b"IDAT" else b""
        offset += size + 12
    raw = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, 1 + width * channels)
    rows = np.zeros((height, width, channels), np.uint8)
    above = np.zeros((width, channels), np.uint8)
    for index, line in enumerate(raw):
        above = rows[index] = unfiltered(int(line[0]), line[1:].reshape(width, channels), above)
    return rows[:, :, :3]


def unfiltered(kind: int, line: np.ndarray, above: np.ndarray) -> np.ndarray:
    """Undo one row's filter (PNG specification, section 9)."""
    if kind == 0:
        return line
    if kind == 1:
        return np.cumsum(line, axis=0, dtype=np.uint64).astype(np.uint8)
    if kind == 2:
        return line + above
    done: list[list[int]] = []
    left, corner = [0] * line.shape[1], [0] * line.shape[1]
    for values, over in zip(line.tolist(), above.tolist(), strict=True):
        if kind == 3:
            guess = [(a + b) // 2 for a, b in zip(left, over, strict=True)]
        else:
            guess = [paeth(a, b, c) for a, b, c in zip(left, over, corner, strict=True)]
        left = [(v + g) & 255 for v, g in zip(values, guess, strict=True)]
        corner = over
        done.append(left)
    return np.array(done, np.uint8)


def paeth(left: int, above: int, corner: int) -> int:
    near = left + above - corner
    distances = (abs(near - left), abs(near - above), abs(near - corner))
    return (left, above, corner)[distances.index(min(distances))]

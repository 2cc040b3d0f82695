"""Bad input gets a clear sentence and harms no neighbour; there is never a traceback."""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import signal
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path

import pytest

from tests.support.command import OVERHEAL, installed, run, says
from tests.support.events import at, document


def good(count: int = 3, first: int = 0) -> bytes:
    """Return good canonical lines."""
    lines = [
        json.dumps(document(f"e{number}", at(number))) for number in range(first, first + count)
    ]
    return ("\n".join(lines) + "\n").encode()


def until_read(pipe: int) -> None:
    """Return once nothing that was written to a pipe waits in it any more."""
    deadline = time.monotonic() + 60
    while int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4), sys.byteorder):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.5)


def totals(done: subprocess.CompletedProcess[bytes]) -> dict[str, int]:
    return json.loads(done.stdout)["totals"]


def analyze(data: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return run("analyze", "-", "--output", "json", *arguments, stdin=data)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (b"not json at all", "JSON"),
        (b'{"specversion":"1.0"', "JSON"),
        (b"\xff\xfe\xfd", "UTF-8"),
        (b'{"a":\x00}', "NUL"),
        (good(1).strip().replace(b'"id"', b'"id": "twice", "id"', 1), "twice"),
        (
            good(1).strip().replace(b'"duration_seconds": 0.0', b'"duration_seconds": 1e999'),
            "finite",
        ),
        (good(1).strip().replace(b'"duration_seconds": 0.0', b'"duration_seconds": -1'), "greater"),
        (good(1).strip().replace(b"2026-03-02T02:00:00Z", b"0001-01-01T00:00:00Z"), "1970"),
        (good(1).strip().replace(b"2026-03-02T02:00:00Z", b"2026-03-02T02:00:00"), "offset"),
        (good(1).strip().replace(b'"expected"', b'"expectd"'), "expected"),
        (good(1).strip().replace(b'"1.0"', b'"0.3"'), "1.0"),
        (b'{"specversion":' * 2000, "nested"),
    ],
    ids=lambda value: value[:24].decode("latin1") if isinstance(value, bytes) else value,
)
def test_a_bad_line_among_good_ones_is_one_dead_letter_with_its_place(line, word):
    done = analyze(good(2) + line + b"\n" + good(2, first=2))
    counted = totals(done)
    assert done.returncode == 0
    assert (counted["stored"], counted["dead_letters"], counted["received"]) == (4, 1, 5)
    said = says(done)
    assert said.startswith("<stdin>:3: ")
    assert word in said


def test_strict_turns_a_dead_letter_into_exit_one():
    assert analyze(good() + b"nonsense\n", "--strict").returncode == 1


def test_the_first_twenty_dead_letters_are_told_and_the_rest_counted():
    said = says(analyze(good() + b"{\n" * 50))
    assert len(said.splitlines()) == 21
    assert "30 more" in said


def test_crlf_a_byte_order_mark_and_a_missing_last_newline_do_no_harm():
    done = analyze(b"\xef\xbb\xbf" + good().replace(b"\n", b"\r\n").rstrip())
    assert totals(done)["stored"] == 3


@pytest.mark.parametrize("data", [b"", b"\n\n"])
def test_nothing_to_read_is_exit_one(data):
    done = analyze(data)
    assert done.returncode == 1
    assert says(done).startswith("overheal: ")


def test_an_empty_list_is_readable_and_says_so():
    done = run("analyze", "-", stdin=b'{"apiVersion":"v1","kind":"List","items":[]}')
    assert done.returncode == 0
    assert "The list that was read is empty." in done.stdout.decode()


def test_an_unknown_format_says_what_was_tried_and_shows_the_first_bytes():
    done = analyze(b'{"hello": "world"}\n{"hello": "again"}\n')
    said = says(done)
    assert done.returncode == 1
    assert "canonical, kubernetes" in said
    assert '{"hello": "world"}' in said


def test_a_missing_file_and_a_directory_are_named(tmp_path: Path):
    for path in (tmp_path / "absent.jsonl", tmp_path):
        done = run("analyze", path)
        assert done.returncode == 1
        assert str(path) in says(done)


def test_a_missing_file_does_not_hide_the_others(tmp_path: Path):
    (tmp_path / "good.jsonl").write_bytes(good())
    done = run("analyze", tmp_path / "good.jsonl", tmp_path / "absent", "--output", "json")
    assert done.returncode == 1
    assert totals(done)["stored"] == 3
    assert "absent" in says(done)


def test_a_truncated_gzip_keeps_what_was_read(tmp_path: Path):
    packed = gzip.compress(b"".join(good(2000, first=index * 2000) for index in range(3)))
    (tmp_path / "cut.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    done = run("analyze", tmp_path / "cut.jsonl.gz", "--output", "json")
    assert totals(done)["stored"] > 1000
    assert "cut.jsonl.gz" in says(done)


def test_a_fifo_is_read_to_its_end(tmp_path: Path):
    fifo = tmp_path / "events"
    os.mkfifo(fifo)
    writer = threading.Thread(target=lambda: fifo.write_bytes(good(50)))
    writer.start()
    done = run("analyze", fifo, "--output", "json")
    writer.join()
    assert totals(done)["stored"] == 50


def test_a_closed_pipe_is_not_an_error(tmp_path: Path):
    (tmp_path / "good.jsonl").write_bytes(good(300))
    command = f"{OVERHEAL} analyze {tmp_path / 'good.jsonl'} --output json | head -c 10"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, check=False
    )
    assert done.returncode == 0
    assert says(done) == ""


def test_a_full_disk_behind_the_output_is_a_sentence(tmp_path: Path):
    (tmp_path / "good.jsonl").write_bytes(good(3))
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [OVERHEAL, "analyze", tmp_path / "good.jsonl"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == b"overheal: the output cannot be written: No space left on device\n"


def test_no_locale_keeps_a_page_from_being_written(tmp_path: Path):
    (tmp_path / "good.jsonl").write_bytes(good(3))
    old = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = installed("analyze", tmp_path / "good.jsonl", env=old)
    assert done.returncode == 0, says(done)
    assert "TOTALS ───" in done.stdout.decode()


def ended_while_reading(number: signal.Signals, data: bytes) -> tuple[int, bytes, bytes]:
    """Return the exit code and output of an analysis that a signal met after `data`."""
    process = subprocess.Popen(
        [OVERHEAL, "analyze", "-", "--output", "json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdin.write(data)
    process.stdin.flush()
    until_read(process.stdin.fileno())
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


def test_ctrl_c_ends_the_reading_and_reports_what_was_read():
    code, out, err = ended_while_reading(signal.SIGINT, good(40))
    assert code == 130
    assert err == (
        b"\noverheal: interrupted; what was read is judged now, Ctrl-C again ends at once\n"
    )
    assert json.loads(out)["totals"]["stored"] == 40
    assert "interrupted" in " ".join(json.loads(out)["notes"])


def test_ctrl_c_before_anything_was_read_is_no_empty_input():
    code, out, err = ended_while_reading(signal.SIGINT, b"\n")
    assert (code, out) == (130, b"")
    assert err.endswith(b"\noverheal: interrupted\n")


def test_a_signal_ends_the_reading_at_once_and_reports_nothing():
    assert ended_while_reading(signal.SIGTERM, good(40)) == (
        143,
        b"",
        b"\noverheal: ended by SIGTERM\n",
    )


@pytest.mark.parametrize("out", ["/proc/none/report.json", "/dev/full"])
def test_an_unwritable_out_is_named(out):
    done = analyze(good(), "--out", out)
    assert done.returncode == 1
    assert out in says(done)


def test_an_out_that_fails_leaves_the_old_file_alone(tmp_path: Path):
    out = tmp_path / "report.json"
    out.write_text("old")
    assert analyze(b"nonsense\n", "--out", str(out)).returncode == 1
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[detectors.thrashing]\nreversal = 4\n", ["config.toml", "reversal", "reversals"]),
        ("[detectors.trashing]\nreversals = 4\n", ["config.toml", "trashing", "thrashing"]),
        ("[detectors.thrashing]\nreversals = 'x'\n", ["config.toml", "reversals", "int"]),
        ("[detector]\n", ["config.toml", "detector", "detectors"]),
        ("[detectors\n", ["config.toml", "line 1"]),
    ],
)
def test_a_typo_in_the_configuration_is_named_with_the_nearest_word(tmp_path, text, words):
    path = tmp_path / "config.toml"
    path.write_text(text)
    done = analyze(good(), "--config", str(path))
    assert done.returncode == 1
    said = says(done)
    assert not [word for word in words if word not in said], said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[services.checkout]\nownr = 'x'\n", ["catalog.toml", "services.checkout", "owner"]),
        ("[services.a.recovery_frequency]\nper_hours = 6\n", ["catalog.toml", "per_hour"]),
        ("[[drills]]\nid='d'\nfrom=2026-01-02T00:00:00Z\nuntil=2026-01-01T00:00:00Z\n", ["until"]),
    ],
)
def test_a_typo_in_the_catalog_is_named_with_the_nearest_word(tmp_path, text, words):
    path = tmp_path / "catalog.toml"
    path.write_text(text)
    done = analyze(good(), "--catalog", str(path))
    assert done.returncode == 1
    said = says(done)
    assert not [word for word in words if word not in said], said


def test_usage_errors_exit_with_two():
    for arguments in (["analyze"], ["analyse", "x"], ["demo", "--output", "pdf"]):
        assert run(*arguments).returncode == 2
    assert analyze(good(), "--now", "yesterday").returncode == 2
    assert analyze(good(), "--from", "kubernets").returncode == 2


def test_control_and_bidirectional_characters_never_reach_the_terminal_or_the_page():
    hostile = "evil\x1b[31m\u202etxt<script>alert(1)</script>"
    lines = [json.dumps(document(f"h{number}", at(number), service=hostile)) for number in range(5)]
    data = "\n".join(lines).encode()
    text = run("analyze", "-", stdin=data).stdout.decode()
    page = run("analyze", "-", "--output", "html", stdin=data).stdout.decode()
    assert "recovered" in text
    for shown in (text, page):
        assert not {"\x1b", "\u202e"} & set(shown)
    assert "<script>alert" not in page


def test_secrets_of_the_input_appear_nowhere():
    secret = "AKIAIOSFODNN7EXAMPLE"
    event = document("s1", at(0), trigger={"condition": f"key {secret} expired", "kind": "failure"})
    event["data"]["ext"] = {"password": secret}
    lines = json.dumps(event).encode() + b"\n" + f'{{"broken": "{secret}'.encode() + b"\n" + good()
    for output in ("text", "json", "html"):
        done = run("analyze", "-", "--output", output, stdin=lines)
        assert secret.encode() not in done.stdout + done.stderr

"""What can be opened, and what is said about what cannot."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import threading

import pytest

from overheal.errors import InputError
from overheal.model import DeadLetter
from overheal.sources.files import Input, modified_at, open_input
from overheal.sources.framing import frame
from tests.unit.sources.framed import framed

LINES = b"".join(b'{"id": %d}\n' % number for number in range(5000))


def everything(path):
    with open_input(str(path), received_at=0) as source:
        return b"".join(source.chunks())


def test_a_missing_file_is_named_in_the_error(tmp_path):
    with pytest.raises(InputError, match=r"gone\.json: no such file"):
        open_input(str(tmp_path / "gone.json"), received_at=0)


def test_a_directory_is_refused_by_name(tmp_path):
    with pytest.raises(InputError, match="is a directory"):
        open_input(str(tmp_path), received_at=0)


def test_an_unreadable_file_is_refused_by_name(tmp_path):
    path = tmp_path / "secret.json"
    path.write_bytes(b"{}")
    path.chmod(0)
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)  # root reads everything
    try:
        with pytest.raises(InputError, match=r"secret\.json: may not be read"):
            open_input(str(path), received_at=0)
    finally:
        os.seteuid(was)


def test_a_path_that_no_file_can_have_is_refused():
    with pytest.raises(InputError, match="cannot be read"):
        open_input("a\0b", received_at=0)


def test_an_empty_file_yields_nothing_and_is_no_error(tmp_path):
    path = tmp_path / "empty"
    path.touch()
    with open_input(str(path), received_at=0) as source:
        assert list(frame(source)) == []
        assert source.damage is None


def test_a_plain_file_comes_back_as_it_is(tmp_path):
    path = tmp_path / "plain"
    path.write_bytes(LINES)
    assert everything(path) == LINES


@pytest.mark.parametrize("name", ["events.gz", "events.json"])
def test_gzip_is_recognised_by_content_whatever_the_name(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(gzip.compress(LINES))
    assert everything(path) == LINES


def test_gzip_members_one_after_another_are_one_file(tmp_path):
    path = tmp_path / "two.gz"
    path.write_bytes(gzip.compress(b"a\n") + gzip.compress(b"") + gzip.compress(LINES) + bytes(512))
    assert everything(path) == b"a\n" + LINES


@pytest.mark.parametrize("kept", [1, 10, 11, 60, 5000, -1, -8, -9])
def test_what_stands_before_the_cut_of_a_truncated_gzip_counts(kept):
    packed = gzip.compress(os.urandom(9000).hex().encode() + b"\n" + LINES)
    records, letters = framed(packed[:kept])
    assert [letter.code for letter in letters] == ["truncated_gzip"] if kept > 1 else True
    if kept > 1:
        assert "copy the file again" in letters[0].reason
    if kept < 0:
        assert len(records) >= 4900


def test_a_truncated_gzip_has_one_dead_letter_with_the_line_it_cut_in_two():
    lines = b"".join(b'{"id": "%s"}\n' % os.urandom(20).hex().encode() for _ in range(1000))
    records, letters = framed(gzip.compress(lines)[:-3000])
    (letter,) = letters
    assert letter.line == len(records) + 1
    assert lines.startswith(b"\n".join(record.raw for record in records) + b"\n" + letter.payload)


@pytest.mark.parametrize(
    "content",
    [
        b"[" + b",\n".join(b'{"id": "%d"}' % number for number in range(3000)) + b"]",
        b"".join(b'{\n  "id": "%d"\n}\n' % number for number in range(3000)),
        b"items:\n" + b"".join(b"- id: '%d'\n" % number for number in range(3000)),
        b"NAME   KIND   MESSAGE\n" + b"".join(b"%6d a      b\n" % number for number in range(3000)),
    ],
    ids=["array", "documents", "YAML", "table"],
)
def test_a_truncated_gzip_has_one_dead_letter_in_every_framing(content):
    records, letters = framed(gzip.compress(content)[:-2500])
    assert 500 < len(records) < 3000
    assert [letter.code for letter in letters] == ["truncated_gzip"]


def test_what_stands_before_the_corrupted_byte_of_a_gzip_counts():
    lines = b"".join(b'{"id": "%s"}\n' % os.urandom(20).hex().encode() for _ in range(1000))
    packed = bytearray(gzip.compress(lines))
    middle = len(packed) // 2
    packed[middle : middle + 40] = b"\xff" * 40
    records, letters = framed(bytes(packed))
    assert [letter.code for letter in letters] == ["truncated_gzip"]
    good = [record.raw for record in records if record.raw + b"\n" in lines]
    assert len(good) >= 400


def test_bytes_after_the_end_of_gzip_are_reported():
    records, letters = framed(gzip.compress(b'{"a": 1}\n') + b"more")
    assert len(records) == 1
    assert "follow the end" in letters[0].reason


def test_a_fifo_is_read_without_size_or_seek(tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)

    def write():
        path.write_bytes(gzip.compress(LINES))

    writer = threading.Thread(target=write)
    writer.start()
    with open_input(str(path), received_at=0) as source:
        assert source.size is None
        assert b"".join(source.chunks()) == LINES
    writer.join()


def test_standard_input_is_read_and_named():
    script = (
        "from overheal.sources.files import open_input\n"
        "with open_input('-', received_at=0) as source:\n"
        "    print(source.origin, source.size, len(b''.join(source.chunks())))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], input=gzip.compress(LINES), capture_output=True, check=True
    )
    assert done.stdout.decode().split() == ["<stdin>", "None", str(len(LINES))]


def test_a_closed_standard_input_is_refused_by_name():
    script = (
        "from overheal.sources.files import open_input\n"
        "from overheal.errors import InputError\n"
        "try: open_input('-', received_at=0)\n"
        "except InputError as error: print(error)\n"
    )
    done = subprocess.run(
        ["sh", "-c", 'exec "$0" -c "$1" <&-', sys.executable, script],
        capture_output=True,
        check=True,
    )
    assert done.stdout.startswith(b"<stdin>: cannot be read")


def test_progress_is_counted_in_bytes_of_the_file(tmp_path):
    path = tmp_path / "events.gz"
    path.write_bytes(gzip.compress(LINES))
    with open_input(str(path), received_at=0) as source:
        assert (source.consumed, source.size) == (0, path.stat().st_size)
        list(source.chunks())
        assert source.consumed == source.size


class Failing(io.BytesIO):
    """A disk that gives some bytes and then an error."""

    def read(self, size=-1, /):
        return super().read(10) or self.fail()

    def fail(self):
        raise OSError(5, "Input/output error")


def test_a_read_error_in_the_middle_keeps_what_was_read():
    source = Input(Failing(b'{"a": 1}\n'), "disk")
    items = [item for batch in frame(source) for item in batch]
    assert items[0].raw == b'{"a": 1}'
    assert isinstance(items[1], DeadLetter)
    assert items[1].code == "read_error"


def test_a_read_error_at_the_start_is_an_error_of_the_input():
    with pytest.raises(InputError, match="disk: reading failed after 0 bytes"):
        list(frame(Input(Failing(b""), "disk")))


def test_the_files_time_is_known_for_regular_files_only(tmp_path):
    path = tmp_path / "events.txt"
    path.touch()
    os.utime(path, ns=(0, 1_700_000_000_123_456_000))
    assert modified_at(str(path)) == 1_700_000_000_123_456
    assert modified_at("-") is None
    assert modified_at(str(tmp_path)) is None
    assert modified_at(str(tmp_path / "gone")) is None

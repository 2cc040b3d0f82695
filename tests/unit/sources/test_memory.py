"""What is huge is read in bounded memory, measured in a process of its own."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zlib

MEGABYTE = 1_000_000
SCRIPT = """
import collections, json, resource, sys
from overheal.sources.files import open_input
from overheal.sources.framing import frame

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

before = peak()
records = 0
letters = []
with open_input("-", received_at=0) as source:
    for batch in frame(source):
        for item in batch:
            if hasattr(item, "code"):
                letters.append([item.line, item.code])
            else:
                records += 1
print(json.dumps([records, letters, peak() - before]))
"""


def read(pieces):
    """Return the number of records, the dead letters and the MiB that reading `pieces` took."""
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        for piece in pieces:
            process.stdin.write(piece)
        process.stdin.close()
        return json.loads(process.stdout.read())


def repeated(piece, total):
    return [piece] * (total // len(piece))


def zipped(pieces):
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    yield from map(packer.compress, pieces)
    yield packer.flush()


def test_a_line_of_hundreds_of_megabytes_costs_only_itself():
    filler = repeated(b"x" * MEGABYTE, 200 * MEGABYTE)
    good = b'{"id": 1}\n'
    records, letters, memory = read([good, b'{"a": "', *filler, b'"}\n', good])
    assert (records, letters) == (2, [[2, "too_long"]])
    assert memory < 100


def test_a_first_line_of_a_hundred_megabytes_costs_only_itself():
    filler = repeated((b"x" * 50 + b"\\\\") * (MEGABYTE // 52), 100 * MEGABYTE)
    for end in (b'"}\n', b"\n"):
        records, letters, memory = read([b'{"a": "', *filler, end, b'{"id": 1}\n'])
        assert (records, letters) == (1, [[1, "too_long"]])
        assert memory < 100


def test_a_list_of_hundreds_of_megabytes_on_one_line_needs_no_such_memory():
    item = json.dumps({"kind": "Event", "message": "x" * 2000, "a": {"b": [1, {}]}}).encode()
    filler = repeated((item + b",") * 500, 200 * MEGABYTE)
    records, letters, memory = read(
        [b'{"apiVersion":"v1","items":[', *filler, item, b'],"kind":"List"}']
    )
    assert (records, letters) == (500 * len(filler) + 1, [])
    assert memory < 100


def test_a_number_of_a_hundred_megabytes_costs_only_itself():
    filler = repeated(b"1" * MEGABYTE, 100 * MEGABYTE)
    records, letters, memory = read([b"[1,", *filler, b",2]"])
    assert (records, letters) == (2, [[1, "too_long"]])
    assert memory < 100


def test_a_gzip_that_expands_a_thousandfold_is_read_as_it_expands():
    good = b'{"id": 1}\n'
    filler = repeated(b"x" * MEGABYTE, 300 * MEGABYTE)
    packed = list(zipped([good, *filler, b"\n", good]))
    assert sum(map(len, packed)) < 2 * MEGABYTE
    records, letters, memory = read(packed)
    assert (records, letters) == (2, [[2, "too_long"]])
    assert memory < 100


def test_a_gzip_of_a_list_is_read_as_it_expands():
    item = json.dumps({"kind": "Event", "message": "x" * 2000}).encode()
    packed = gzip.compress(b"[" + b",".join([item] * 20_000) + b"]", 1)
    records, letters, memory = read([packed])
    assert (records, letters) == (20_000, [])
    assert memory < 60


def test_yaml_without_an_end_is_read_in_bounded_memory():
    filler = repeated(b"  - some words\n" * 1000, 10 * MEGABYTE)
    records, letters, memory = read([b"a: 1\n---\nb:\n", *filler, b"---\nc: 1\n"])
    assert (records, letters) == (2, [[3, "too_long"]])
    assert memory < 100

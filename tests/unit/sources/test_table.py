"""The text table of `kubectl get events`."""

from __future__ import annotations

import pytest

from tests.unit.sources.framed import framed, values

HEADING = "NAMESPACE   LAST SEEN            TYPE      REASON     OBJECT      MESSAGE\n"
ROW = "batch       3m12s (x5 over 1h)   Normal    Created    pod/a       made  it  twice   over\n"
CELLS = {
    "NAMESPACE": "batch",
    "LAST SEEN": "3m12s (x5 over 1h)",
    "TYPE": "Normal",
    "REASON": "Created",
    "OBJECT": "pod/a",
    "MESSAGE": "made  it  twice   over",
}


def test_a_row_is_cut_where_the_titles_stand():
    (record,), letters = framed((HEADING + ROW).encode())
    assert letters == []
    assert (record.shape, record.line) == ("table", 2)
    assert values((HEADING + ROW).encode()) == [CELLS]


def test_without_a_namespace_column_there_is_none():
    text = HEADING.removeprefix("NAMESPACE   ") + ROW.removeprefix("batch       ")
    assert values(text.encode()) == [
        {key: cell for key, cell in CELLS.items() if key != "NAMESPACE"}
    ]


def test_a_cell_wider_than_its_column_moves_the_others():
    wide = ROW.replace("Created    pod/a", "TaintManagerEviction   pod/longer")
    (cells,) = values((HEADING + wide).encode())
    assert cells == {**CELLS, "REASON": "TaintManagerEviction", "OBJECT": "pod/longer"}


def test_columns_are_counted_in_characters_not_bytes():
    row = ROW.replace("batch ", "bätch ").replace("twice", "zwölf — twice")
    (cells,) = values((HEADING + row).encode())
    assert cells["NAMESPACE"] == "bätch"
    assert cells["OBJECT"] == "pod/a"


def test_an_empty_cell_is_empty_text():
    (cells,) = values((HEADING + ROW.replace("Created", " " * 7)).encode())
    assert cells == {**CELLS, "REASON": ""}


def test_tables_one_after_another_have_a_heading_each():
    other = "LAST SEEN   TYPE     REASON   OBJECT   MESSAGE\n5m          Normal   Pulled   pod/b    ok\n"
    found = values((HEADING + ROW + "\n" + other).encode())
    assert [cells["OBJECT"] for cells in found] == ["pod/a", "pod/b"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (b"  went on in a second line\n", "table_row"),
        (b"x\n", None),
        (b"a   b \xff\n", "invalid_utf8"),
    ],
)
def test_what_does_not_fit_the_heading_is_refused_with_its_line(row, code):
    _, letters = framed(HEADING.encode() + ROW.encode() + row + ROW.encode())
    assert [(letter.line, letter.code) for letter in letters] == ([(3, code)] if code else [])


def test_crlf_does_not_become_part_of_the_message():
    assert values((HEADING + ROW).replace("\n", "\r\n").encode()) == [CELLS]

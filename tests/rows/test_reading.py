"""Rows of files, as spreadsheets, editors and programs write them."""

import codecs
import os
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import InputError
from pipelines.rows.reading import OLD, Reading, lines_table, open_table, text_of
from pipelines.rows.table import Attachment, Table
from pipelines.settings import Settings

AS_IT_SAYS = Reading()


def table_of(folder: Path, name: str, content: bytes, how: Reading = AS_IT_SAYS) -> Table:
    path = folder / name
    path.write_bytes(content)
    return open_table([path], Settings(), how)


def cells(table: Table) -> list[Mapping[str, Any]]:
    return [row.cells for row in table.rows()]


def test_a_csv_of_excel_has_a_mark_and_semicolons(tmp_path: Path) -> None:
    content = codecs.BOM_UTF8 + b'Nr;Text\r\n1;"gut; ""sehr"""\r\n2;"zwei\nZeilen, ja"\r\n'
    table = table_of(tmp_path, "a.csv", content)
    assert (table.columns, table.count) == (("Nr", "Text"), 2)
    assert cells(table) == [
        {"Nr": "1", "Text": 'gut; "sehr"'},
        {"Nr": "2", "Text": "zwei\nZeilen, ja"},
    ]
    assert (table.delimiter, table.bom) == (";", True)


def test_excels_own_first_line_names_the_delimiter(tmp_path: Path) -> None:
    table = table_of(tmp_path, "a.csv", b"sep=|\nn|text\n1|a,b,c\n")
    assert cells(table) == [{"n": "1", "text": "a,b,c"}]


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", ""), ("utf-16", ""), ("utf-32", ""),
        ("latin-1", "Windows-1252"), ("utf-16-le", "UTF-16"), ("utf-16-be", "UTF-16"),
    ],
)  # fmt: skip
def test_an_encoding_is_told_by_the_bytes(tmp_path: Path, encoding: str, said: str) -> None:
    table = table_of(tmp_path, "a.csv", "text\ncafé\n".encode(encoding))
    assert cells(table) == [{"text": "café"}]
    assert table.notes == ((f"a.csv is not UTF-8; it was read as {said}.",) if said else ())


def test_utf16_without_a_mark_is_told_by_its_line_ends(tmp_path: Path) -> None:
    content = "n,текст\n1,да\n2,什么都不知道的人\n"
    for encoding in ("utf-16-le", "utf-16-be"):
        found = cells(table_of(tmp_path, "a.csv", content.encode(encoding)))
        assert [one["текст"] for one in found] == ["да", "什么都不知道的人"]
    for stray in (b"text\nfoo\0bar\nfine\n", b"text\n\0foo\nfine\n", b"text\nfine\n\0\n"):
        assert table_of(tmp_path, "a.csv", stray).columns == ("text",)
    with pytest.raises(InputError, match=r"header .*--encoding"):
        table_of(tmp_path, "a.csv", b"te\0xt,n\nfine,1\nmore,2\n")


def test_a_byte_that_is_not_utf8_far_behind_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.rows.reading.PIECE", 1000)
    table = table_of(tmp_path, "a.txt", b"a\n" * 5_000 + "é".encode(OLD))
    assert [*table.rows()][-1].cells == {"text": "é"}


def test_a_given_encoding_wins(tmp_path: Path) -> None:
    how = Reading(encoding="cp1251")
    assert cells(table_of(tmp_path, "a.csv", "text\nда\n".encode("cp1251"), how)) == [
        {"text": "да"}
    ]
    with pytest.raises(InputError, match="no encoding 'klingon'"):
        table_of(tmp_path, "b.csv", b"text\na\n", Reading(encoding="klingon"))


def test_a_bad_row_has_its_message_and_the_others_are_read(tmp_path: Path) -> None:
    table = table_of(tmp_path, "a.csv", b"n,text\n1,fine\n2,not,quoted\n\n3\n4,fine\n")
    said = [row.error.sentence if row.error else "" for row in table.rows()]
    assert said == ["", "This row has 3 cells; the header names 2.", "", ""]
    assert [row.cells["n"] for row in table.rows()] == ["1", "2", "3", "4"]
    assert [row.number for row in table.rows()] == [1, 2, 3, 4]


def test_a_quote_that_is_never_closed_is_one_bad_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.rows.reading.LONGEST_CELL", 1000)
    content = b'n,text\n1,fine\n2,"open\n' + b"3,more\n" * 500
    rows = [*table_of(tmp_path, "a.csv", content).rows()]
    bad = [row.number for row in rows if row.error and "never closed" in row.error.sentence]
    assert bad == [2]
    assert rows[0].cells == {"n": "1", "text": "fine"}
    assert rows[-1].cells == {"n": "3", "text": "more"}


def test_one_column_holds_its_commas(tmp_path: Path) -> None:
    table = table_of(tmp_path, "a.csv", b"review\nGood, really, good; yes\nBad\n")
    assert cells(table) == [{"review": "Good, really, good; yes"}, {"review": "Bad"}]


def test_columns_have_each_a_name_of_their_own(tmp_path: Path) -> None:
    assert table_of(tmp_path, "a.csv", b"text,,text\na,b,c\n").columns == (
        "text", "column 2", "text (2)",
    )  # fmt: skip
    headless = table_of(tmp_path, "b.csv", b"a,b\nc,d\n", Reading(header=False))
    assert cells(headless) == [{"1": "a", "2": "b"}, {"1": "c", "2": "d"}]


def test_json_lines_are_objects_or_texts(tmp_path: Path) -> None:
    content = b'{"text": "a"}\n\n"b"\n[1]\n{broken\n{"text": null, "n": 5}\n' + b"[" * 100_000
    table = table_of(tmp_path, "a.jsonl", content)
    assert table.columns == ("text", "n")
    assert [(row.cells, bool(row.error)) for row in table.rows()] == [
        ({"text": "a"}, False), ({"text": "b"}, False), ({}, True), ({}, True),
        ({"text": None, "n": 5}, False), ({}, True),
    ]  # fmt: skip
    assert "nested too deeply" in str(list(table.rows())[-1].error)


def test_lines_end_in_any_way_and_empty_ones_are_none() -> None:
    assert [row.cells["text"] for row in lines_table("a\r\nb\rc\n\n  \nd").rows()] == [*"abcd"]
    with pytest.raises(InputError, match="no lines"):
        lines_table(" \n")


@pytest.mark.parametrize(
    ("name", "said"),
    [("a.xlsx", "Workbooks are not read"), ("a.pdf", "of no kind"), ("a.csv", "has no rows")],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        table_of(tmp_path, name, b"")


def test_a_row_is_read_when_its_turn_comes(tmp_path: Path) -> None:
    table = table_of(tmp_path, "a.csv", b"n,text\n" + b"1,a\n" * 50_000)
    assert table.count == 50_000
    rows = table.rows()
    assert next(rows).number == 1
    (tmp_path / "a.csv").write_bytes(b"")  # what was not read ahead is gone
    assert sum(1 for _ in rows) < 40_000


FILES = Reading(texts=False)


def test_a_zip_gives_its_files_without_what_systems_put_beside_them(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("b/cat.png", "b/.DS_Store", "__MACOSX/b/._cat.png", "Thumbs.db", "a.png"):
            archive.writestr(name, name)
        archive.mkdir("empty")
    found = [row.cells["file"] for row in open_table([path], Settings(), FILES).rows()]
    assert [(one.name, one.read()) for one in found] == [
        ("b/cat.png", b"b/cat.png"), ("a.png", b"a.png"),
    ]  # fmt: skip


def test_a_name_in_a_zip_leads_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("a/../../up.png", "/etc/root.png", "c:\\x\\..\\y.png", "b\x1b[2J.png"):
            archive.writestr(name, b"")
    found = [str(row.cells["file"]) for row in open_table([path], Settings(), FILES).rows()]
    assert found == ["a/up.png", "etc/root.png", "c:/x/y.png", "b [2J.png"]
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["a.zip"]


SMALL = replace(Settings(), max_upload_mb=1, max_uploads=3)


def test_a_zip_has_limits(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"

    def packed(*sizes: int) -> Path:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, size in enumerate(sizes):
                archive.writestr(f"{number}.png", bytes(size))
        return path

    with pytest.raises(InputError, match="more than 3 files"):
        open_table([packed(1, 1, 1, 1)], SMALL, FILES)
    with pytest.raises(InputError, match="unpacks to more than 5 MB"):
        open_table([packed(2_000_000, 2_000_000, 2_000_000)], SMALL, FILES)
    large, small = (
        row.cells["file"] for row in open_table([packed(1_500_000, 5)], SMALL, FILES).rows()
    )
    assert small.read() == bytes(5)
    with pytest.raises(InputError, match="more than 1 MB"):
        large.read()


def test_a_zip_of_many_names_is_refused_before_an_object_is_made_of_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(200):
            archive.writestr(f"{number}.png", b"")

    def opened(*_: Any) -> None:
        raise AssertionError("zipfile read the directory")

    monkeypatch.setattr("pipelines.rows.archive.zipfile.ZipFile", opened)
    with pytest.raises(InputError, match="more than 3 files"):
        open_table([path], SMALL, FILES)


def test_a_zip_that_tells_less_than_it_holds_gives_no_more(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", bytes(3_000_000))
    told = path.read_bytes().replace((3_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(told)
    [row] = open_table([path], SMALL, FILES).rows()
    with pytest.raises(InputError, match="damaged"):
        row.cells["file"].read()


def test_a_damaged_or_encrypted_zip_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(InputError, match="not a zip"):
        open_table([path], Settings(), FILES)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.png", b"secret")
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1  # the flag of a password
    path.write_bytes(content)
    [row] = open_table([path], Settings(), FILES).rows()
    with pytest.raises(InputError, match="password"):
        row.cells["file"].read()


def test_a_folder_gives_its_files_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("b/2.png", "1.png", ".hidden"):
        (tmp_path / name).write_bytes(b"x")
    found = [row.cells["file"] for row in open_table([tmp_path], Settings(), FILES).rows()]
    assert [(one.name, one.read()) for one in found] == [
        ("1.png", tmp_path / "1.png"), ("b/2.png", tmp_path / "b/2.png"),
    ]  # fmt: skip
    assert all(isinstance(one, Attachment) for one in found)


def test_a_files_name_that_is_no_text_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff.png")
    path.write_bytes(b"x")
    for given in (tmp_path, path):
        [row] = open_table([given], Settings(), FILES).rows()
        assert str(row.cells["file"]) == "\ufffd.png"


def test_several_tables_at_once_are_refused(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("text\na\n")
    with pytest.raises(InputError, match="Several tables"):
        open_table([tmp_path / "a.csv", tmp_path / "b.csv"], Settings())
    packed = tmp_path / "c.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(tmp_path / "a.csv", "A.CSV")
    for several in (tmp_path, packed):
        with pytest.raises(InputError, match=r"Tables in a folder or zip.* Choose one"):
            open_table([several], Settings())
    assert open_table([packed], Settings(), Reading("files")).count == 1


def test_a_picture_is_no_text() -> None:
    assert text_of("aß".encode("utf-16-le")) == "aß"
    with pytest.raises(InputError, match="not a text"):
        text_of(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\2")


def test_a_line_of_json_with_too_many_values_is_not_parsed(tmp_path: Path) -> None:
    content = b'{"text": [' + b"[]," * 250_000 + b'[]]}\n{"text": "' + b"," * 250_000 + b'"}\n'
    wrong, right = table_of(tmp_path, "a.jsonl", content).rows()
    assert "more than 200,000 values" in str(wrong.error)
    assert right.cells == {"text": "," * 250_000}

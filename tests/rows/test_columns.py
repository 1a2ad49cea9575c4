"""Which column of a table is taken for an input."""

from pathlib import Path

import pytest

from pipelines.rows.columns import likely_column
from pipelines.rows.reading import open_table
from pipelines.settings import Settings


@pytest.mark.parametrize(
    ("written", "column"),
    [
        (b'id,"review, text",truth\n100000001,Good.,yes\n100000002,Bad film.,no', "review, text"),
        ("id;Bewertung\n1;Schön\n2;Übel".encode("latin-1"), "Bewertung"),
        (b"comment,Review\nshort,x\n", "Review"),
        (b"a long note beside it,Text\nmuch longer than that,x", "Text"),
        (b"id,price\n1,2.50", "id"),
    ],
)
def test_the_column_named_like_the_input_or_else_of_most_text(
    written: bytes, column: str, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(written)
    assert likely_column("text", open_table([file], settings)) == column

"""Which column of a table most likely holds an input: told by its name, else by its first cells.

id,"review, text",truth  ->  review, text
"""

from itertools import islice

from pipelines.rows.reading import FILE, TEXT, shown
from pipelines.rows.table import Table

NAMES = (TEXT, FILE, "sentence", "review", "comment", "content", "message", "question")
ROWS = 20  # so many are looked at


def likely_column(name: str, table: Table) -> str:
    """The column named like the input `name`, else that of most text; numbers are none."""
    named = {column.casefold(): column for column in reversed(table.columns)}
    for one in (name, *NAMES):
        if one in named:
            return named[one]
    rows = [row.cells for row in islice(table.rows(), ROWS)]

    def characters(column: str) -> int:
        cells = (shown(cells.get(column)).strip() for cells in rows)
        return sum(len(cell) for cell in cells if not _is_number(cell))

    return max(table.columns, key=characters)


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True

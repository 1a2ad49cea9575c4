"""Results as files to keep: each function gives the bytes of one format."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from PIL import ImageDraw, ImageFont
from PIL.Image import Image

from pipelines.rows.writing import FORMULAS

# Colours that are told apart by those who see red and green alike (Okabe and Ito).
COLOURS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")


def json_file(value: Any) -> bytes:
    """Whole, whatever its size."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def text_file(text: str) -> bytes:
    """UTF-8, with a line end at its end."""
    return (text.rstrip("\n") + "\n").encode("utf-8", "replace")


def csv_file(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """A table with a head. With the mark by which spreadsheets know UTF-8."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(names)
    writer.writerows([_cell(row[name]) for name in names] for row in rows)
    return file.getvalue().encode("utf-8-sig", "replace")


def _cell(value: Any) -> Any:
    """A text that begins as a formula is quoted: whose words these are, nobody knows."""
    formula = isinstance(value, str) and value.startswith(FORMULAS)
    return f"'{value}" if formula else value


def vectors_file(value: Any) -> bytes:
    """For `numpy.load`: float32, a row a vector."""
    import numpy as np

    file = io.BytesIO()
    np.save(file, np.asarray(value, np.float32))
    return file.getvalue()


def chat_file(messages: Iterable[Mapping[str, str]]) -> bytes:
    """Markdown: who speaks as a heading, then what is said."""
    parts = [f"## {one['role'].capitalize()}\n\n{one['content'].strip()}\n" for one in messages]
    return text_file("\n".join(parts))


def annotated_picture(picture: Image, objects: Sequence[Mapping[str, Any]]) -> bytes:
    """A PNG of the picture in its own size, with a box and a label around each object."""
    picture = picture.convert("RGB")
    draw = ImageDraw.Draw(picture)
    width = max(2, max(picture.size) // 400)
    font = ImageFont.load_default(max(12, max(picture.size) // 50))
    names = list(dict.fromkeys(one["label"] for one in objects))
    for one in objects:
        colour = COLOURS[names.index(one["label"]) % len(COLOURS)]
        left, top, right, bottom = (one["box"][side] for side in ("xmin", "ymin", "xmax", "ymax"))
        draw.rectangle((left, top, max(left, right), max(top, bottom)), outline=colour, width=width)
        label = f"{one['label']} {one['score']:.2f}"
        begin = (left + width, max(0, top + width))
        draw.rectangle(draw.textbbox(begin, label, font=font), fill=colour)
        draw.text(begin, label, fill="white", font=font)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()

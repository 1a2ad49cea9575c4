"""`make starters` and `make evaluate`: what is declared, what is printed, where it is written."""

import re
from pathlib import Path

import pytest

from benchmarks.report import put
from pipelines.catalogue import catalogue
from starters.__main__ import starters, table
from starters.report import figures_table
from starters.starter import Figure

DECLARED = starters()


def test_every_bundled_model_is_declared_and_bundled_under_its_name() -> None:
    bundled = {e.name for e in catalogue().entries.values() if e.bundled and not e.parts}
    assert {name for name, one in DECLARED.items() if one.train} == bundled
    assert all((one.bundle / "MODEL_CARD.md").is_file() for one in DECLARED.values())


@pytest.mark.parametrize("name", DECLARED)
def test_a_card_has_a_place_for_what_is_measured(name: str) -> None:
    card = (DECLARED[name].bundle / "MODEL_CARD.md").read_text("utf-8")
    assert card.count("<!-- figures -->") == card.count("<!-- /figures -->") == 1


@pytest.mark.parametrize("name", DECLARED)
def test_the_catalogue_tells_the_figures_of_the_card(name: str) -> None:
    card = (DECLARED[name].bundle / "MODEL_CARD.md").read_text("utf-8")
    measured = card.split("<!-- figures -->")[1].split("<!-- /figures -->")[0]
    values = [float(value) for value in re.findall(r"\| (\d+\.\d+) ", measured)]
    told = re.findall(r"(?<![@\d.])\d+\.\d+", catalogue()[name].good_at)
    for figure in told:
        decimals = len(figure.split(".")[1])
        assert figure in [f"{value:.{decimals}f}" for value in values]


def test_the_table_tells_minutes_and_needs_of_each() -> None:
    rows = table(DECLARED).splitlines()
    for one in (one for one in DECLARED.values() if one.train):
        row = next(row for row in rows if row.startswith(f"{one.name} "))
        assert f" {one.minutes} " in row
        assert all(folder in row for folder in one.data)


def test_data_that_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "rt-polarity").mkdir()
    assert DECLARED["sentiment"].missing(tmp_path) == []
    assert DECLARED["translation"].missing(tmp_path) == ["multi30k"]
    assert DECLARED["spoken-digits"].missing(tmp_path) == ["fsdd"]
    assert DECLARED["translation"].missing(None) == ["multi30k"]
    assert DECLARED["scene-detector"].missing(None) == []


def test_a_figure_knows_whether_it_reached_its_target() -> None:
    assert Figure("named", 0.95, 100, "≥ 0.90").reached
    assert not Figure("made up", 0.06, 100, "≤ 0.05").reached
    table = figures_table([Figure("made up", 0.06, 100, "≤ 0.05")])
    assert "| made up | 0.060 | 100 | ≤ 0.05 | **no** |" in table


def test_a_program_writes_its_own_part_and_keeps_the_others(tmp_path: Path) -> None:
    file = tmp_path / "REPORT.md"
    file.write_text("# Report\n\nBy hand.\n", "utf-8")
    put(file, "one", "first")
    put(file, "two", "second")
    put(file, "one", "anew")
    text = file.read_text("utf-8")
    assert text.startswith("# Report\n\nBy hand.\n")
    assert "<!-- one -->\nanew\n<!-- /one -->\n\n<!-- two -->\nsecond\n<!-- /two -->\n" in text
    assert "first" not in text

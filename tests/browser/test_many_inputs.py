"""The panel "Many inputs" in a browser: lines, a table, Stop, and what can be kept."""

import csv
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.browser.conftest import PATIENCE, ROOT, Tab

expect.set_options(timeout=PATIENCE)
Open = Callable[..., Tab]


def panel_of(tab: Tab) -> Locator:
    tab.open("Many inputs")
    panel = tab.panel.locator(".many")
    panel.get_by_role("button", name="Run all").wait_for()
    return panel


def status(panel: Locator) -> Locator:
    return panel.locator(".block.status")


def download(panel: Locator, ending: str) -> Path:
    link = panel.locator(f'a[download$=".{ending}"]').last
    with panel.page.expect_download() as event:
        link.click()
    return event.value.path()


def test_lines_a_table_stop_and_download(open_tab: Open, tmp_path: Path) -> None:
    tab = open_tab("text-classification")
    panel = panel_of(tab)

    lines = panel.get_by_label("Lines", exact=True)
    for _ in range(20):  # the box has just been made
        lines.fill("I love it\nTerrible\n<b>Great</b>\n=1+1 is awful\n\nWonderful")
        panel.page.wait_for_timeout(200)
        if lines.input_value().endswith("Wonderful"):
            break
    panel.get_by_role("button", name="Run all").click()
    expect(status(panel)).to_contain_text("5 of 5 rows")
    table = panel.locator(".results")
    expect(table).to_contain_text("<b>Great</b>")
    for number in range(5):
        expect(table.locator(f'[data-row="{number}"]').first).to_be_visible()
    with open(download(panel, "csv"), encoding="utf-8-sig", newline="") as file:
        found = [*csv.DictReader(file)]
    assert [one["label"] for one in found] == [
        "POSITIVE", "NEGATIVE", "POSITIVE", "NEGATIVE", "POSITIVE",
    ]  # fmt: skip
    assert found[3]["text"] == "'=1+1 is awful"

    path = tmp_path / "reviews.csv"
    path.write_text("nr;Text;truth\n1;I love it;positive\n2;;negative\n3;Terrible;negative\n")
    panel.locator("input[type=file]").first.set_input_files(path)
    expect(status(panel)).to_contain_text("3 rows; columns: nr, Text, truth.")
    expect(panel.get_by_label("Column: Text")).to_have_value("Text")
    panel.get_by_label("Column: true labels").click()
    tab.page.get_by_role("option", name="truth").click()
    panel.get_by_role("button", name="Run all").click()
    expect(status(panel)).to_contain_text("1 without an answer")
    expect(panel.locator(".confusion table")).to_contain_text("POSITIVE")
    expect(panel.locator(".confusion p")).to_contain_text("Accuracy 100.0%: 2 of 2 rows")
    expect(table).to_contain_text("The text is empty.")

    many = tmp_path / "many.txt"
    panel.get_by_role("button", name="Clear", exact=True).first.click()
    expect(panel.get_by_text("reviews.csv")).to_have_count(0)
    many.write_text("I love this film, it is a joy from beginning to end.\n" * 50_000)
    panel.locator("input[type=file]").first.set_input_files(many)
    expect(status(panel)).to_contain_text("50,000 rows")
    panel.get_by_role("button", name="Run all").click()
    expect(status(panel)).to_contain_text(re.compile(r"rows/s, .* left"))
    panel.get_by_role("button", name="Stop all").click()
    expect(status(panel)).to_contain_text("Stopped")
    kept = len(download(panel, "jsonl").read_text("utf-8").splitlines())
    assert 0 < kept < 50_000
    expect(status(panel)).to_contain_text(f"{kept:,} of 50,000 rows")


def test_pictures_of_a_zip_are_seen(open_tab: Open, tmp_path: Path) -> None:
    path = tmp_path / "pictures.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(ROOT / "assets/examples/cat.jpg", "pets/cat.jpg")
        archive.writestr("__MACOSX/pets/._cat.jpg", "junk")
        archive.writestr("pets/broken.jpg", "no picture")
    panel = panel_of(open_tab("image-classification"))
    panel.locator("input[type=file]").first.set_input_files(path)
    expect(status(panel)).to_contain_text("2 rows")
    panel.get_by_role("button", name="Run all").click()
    expect(status(panel)).to_contain_text("1 without an answer")
    picture = panel.locator(".results img").first
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") == 96

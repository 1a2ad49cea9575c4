"""The README says what the code does."""

import re
from pathlib import Path

from pipelines.catalogue import catalogue
from pipelines.documentation import README, filled_in
from pipelines.registry import tasks

ROOT = Path(__file__).parents[1]


def test_the_readmes_tables_are_those_of_the_code() -> None:
    text = README.read_text("utf-8")
    assert filled_in(text) == text, "run `make readme`"


def test_the_readme_names_every_task() -> None:
    text = README.read_text("utf-8")
    assert [task for task in tasks() if f"| {task} |" not in text] == []


def test_who_may_not_sell_a_bundled_starter_reads_so_everywhere() -> None:
    """Multi30k is for research: the card, the catalogue and the README's Licence tell it."""
    licence = README.read_text("utf-8").split("\n## Licence\n")[1]
    cards = (ROOT / "assets" / "starters").glob("*/MODEL_CARD.md")
    learned = {one.parent.name: one.read_text("utf-8") for one in cards}
    learned = {name: text for name, text in learned.items() if "Multi30k" in text}
    assert {"masked-words", "marked-answers", "translation"} <= set(learned)
    for name, card in learned.items():
        assert "non-commercial" in catalogue().entries[name].licence, name
        assert re.search(r"\*\*for\s+research, non-commercial\*\*", card, re.IGNORECASE), name
        assert name in licence, name


def test_the_spaces_gradio_is_the_pinned_one() -> None:
    pins = (ROOT / "requirements.txt").read_text("utf-8")
    version = next(
        line.split(": ")[1]
        for line in README.read_text("utf-8").splitlines()
        if line.startswith("sdk_version")
    )
    assert f"gradio[mcp]=={version}" in pins


def test_every_pin_has_its_reason() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text("utf-8").splitlines():
            if line and not line.startswith(("#", "-r")):
                assert "==" in line.split("#")[0], line
                assert "#" in line, line

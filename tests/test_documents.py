"""What the documents name is there: commands, settings, modules, files."""

import re
from pathlib import Path

import pytest

from pipelines.settings import FIELDS, variable

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/scale.md", "deploy/README.md")
ROOMS = "api|assets|benchmarks|cluster|components|deploy|docs|pipelines|starters|tests"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_a_document_names_is_there(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert set(re.findall(r"(?:`|^ *)make ([a-z-]+)", text, re.MULTILINE)) <= set(targets)
    named = set(re.findall(r"PLAYGROUND_(?!TEST_)[A-Z_]+[A-Z]", text))
    assert named <= {variable(one) for one in FIELDS}
    modules = re.findall(rf"python -m ((?:{ROOMS})[a-z_.]*)", text)
    paths = [one.replace(".", "/") for one in modules]
    paths += re.findall(rf"`((?:{ROOMS})/[a-z0-9_./-]+)`", text)
    missing = [p for p in paths if not any((ROOT / f"{p}{end}").exists() for end in ("", ".py"))]
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    missing += [link for link in links if not (ROOT / name).parent.joinpath(link).exists()]
    assert missing == []

"""Example files, by name; their sources are listed in assets/examples/SOURCES.md."""

from pathlib import Path

FOLDER = Path(__file__).parents[1] / "assets" / "examples"


def file(name: str) -> str:
    """The path of an example."""
    return str(FOLDER / name)

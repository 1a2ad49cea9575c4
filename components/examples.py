"""Example files, by name; their sources are listed in assets/examples/SOURCES.md."""

from pipelines.folders import ASSETS

FOLDER = ASSETS / "examples"


def file(name: str) -> str:
    """The path of an example."""
    return str(FOLDER / name)
